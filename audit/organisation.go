package audit

// Nations of the United Kingdom, and UK for bodies that work in all of them.
const (
	England         = "England"
	Scotland        = "Scotland"
	Wales           = "Wales"
	NorthernIreland = "Northern Ireland"
	UK              = "UK"
)

// Nations lists the values an organisation's nation may have.
func Nations() []string { return []string{England, Scotland, Wales, NorthernIreland, UK} }

// Sectors lists the values an organisation's sector may have: the landlords first, then those they are compared with.
func Sectors() []string {
	return []string{"housing_association", "council", "almo", "co_op", "tenants_body", "trade_union", "chartered_institute"}
}

// Organisation is a body whose doors are knocked on.
type Organisation struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Nation       string   `json:"nation"`
	Sector       string   `json:"sector"`
	Homes        *int     `json:"homes"` // homes owned or managed; nil where not known
	Website      string   `json:"website"`
	Predecessors []string `json:"predecessors,omitempty"` // former names
	RPCode       string   `json:"rp_code,omitempty"`      // Regulator of Social Housing registration code
	Parent       string   `json:"parent,omitempty"`       // id of the group it belongs to
	Note         string   `json:"note,omitempty"`
	Areas        []string `json:"areas,omitempty"` // local authorities in whose areas it lets homes, by name
	// OldPages are addresses of pages under a former name that are still up. They are told, and never looked at.
	OldPages []string `json:"old_pages,omitempty"`
}

// Sizes lists the bands of homes by which organisations are chosen, the smallest first; those whose homes are not known are
// in none.
func Sizes() []string {
	return []string{"under_1000", "1000_to_4999", "5000_to_19999", "20000_or_more"}
}

// Size gives the band of homes that the organisation is in; "" where they are not known.
func (o Organisation) Size() string {
	if o.Homes == nil {
		return ""
	}
	band := 0
	for _, from := range []int{1000, 5000, 20000} {
		if *o.Homes >= from {
			band++
		}
	}
	return Sizes()[band]
}

// Landlord reports whether the organisation lets homes, so that pages may call it a landlord.
func (o Organisation) Landlord() bool {
	switch o.Sector {
	case "housing_association", "council", "almo", "co_op":
		return true
	}
	return false
}

// Channel is one place where the public could speak to an organisation.
type Channel struct {
	ID           string   `json:"id"`
	Organisation string   `json:"organisation"`
	Platform     Platform `json:"platform"`
	URL          string   `json:"url"`  // canonical
	Lane         string   `json:"lane"` // registrable domain: one visit at a time in the world
	// Confirmed says that a fetch has shown the place to be the organisation's own.
	// Until then nothing found there is published.
	Confirmed bool `json:"confirmed"`
}
