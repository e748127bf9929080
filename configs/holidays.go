package configs

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
)

//go:embed holidays.yaml
var holidaysFile []byte

const holidaysName = "configs/holidays.yaml"

// Holidays gives the bank and public holidays of each nation.
func Holidays() (audit.Holidays, error) { return readHolidays(holidaysName, holidaysFile) }

type holidaysYAML struct {
	Years map[string]map[string][]string `yaml:"years"`
}

// holidayParts are the parts of the kingdom that have the same days, as the file names them.
var holidayParts = map[string][]string{
	"England and Wales": {audit.England, audit.Wales}, "Scotland": {audit.Scotland}, "Northern Ireland": {audit.NorthernIreland},
}

// readHolidays refuses a file with a gap between its years, a part without days, a day that is none or on a weekend.
func readHolidays(file string, data []byte) (audit.Holidays, error) {
	var y holidaysYAML
	if err := readData(file, data, &y); err != nil {
		return audit.Holidays{}, err
	}
	h := audit.Holidays{Days: map[string]map[string]bool{}}
	for _, year := range slices.Sorted(maps.Keys(y.Years)) {
		n, err := strconv.Atoi(year)
		if err != nil || len(year) != 4 || h.Last != 0 && n != h.Last+1 {
			return h, fmt.Errorf("%s: %q is no year, or not the one after %d", file, year, h.Last)
		}
		if h.First == 0 {
			h.First = n
		}
		h.Last = n
		if err := addYear(h, year, y.Years[year]); err != nil {
			return h, fmt.Errorf("%s: %w", file, err)
		}
	}
	if h.Last == 0 {
		return h, fmt.Errorf("%s: no year", file)
	}
	return h, nil
}

func addYear(h audit.Holidays, year string, parts map[string][]string) error {
	for part := range parts {
		if holidayParts[part] == nil {
			return fmt.Errorf("%s: %q is no part of the kingdom with days of its own: %s", year, part, strings.Join(slices.Sorted(maps.Keys(holidayParts)), ", "))
		}
	}
	for part, nations := range holidayParts {
		if len(parts[part]) == 0 {
			return fmt.Errorf("%s: no days of %s", year, part)
		}
		for _, day := range parts[part] {
			date, err := time.Parse(time.DateOnly, year+"-"+day)
			if err != nil || date.Weekday() == time.Saturday || date.Weekday() == time.Sunday {
				return fmt.Errorf("%s, %s: %q is no day from Monday to Friday, written as 12-25", year, part, day)
			}
			for _, nation := range nations {
				if h.Days[nation] == nil {
					h.Days[nation] = map[string]bool{}
				}
				h.Days[nation][date.Format(time.DateOnly)] = true
			}
		}
	}
	return nil
}
