package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/evidence"
	"doorknock/score/talk"
	"doorknock/store"
)

// installation is one doorknock with its data folder: what every command that touches the truth works with.
type installation struct {
	cfg      configs.Config
	log      *slog.Logger
	keys     *audit.Keys
	db       *store.DB
	folder   *evidence.Folder
	checks   []crawler.Check
	duties   audit.Duties
	holidays audit.Holidays
	sorter   *talk.Sorter
	clocks   audit.Clocks
	space    *store.Space
	apps     []*slackapp.App // that listen to Slack
	told     *alerts.Metrics
}

// openInstallation opens key, database and evidence folder as the settings say. The key is made only where there is no
// database yet.
func openInstallation(ctx context.Context, cfg configs.Config, log *slog.Logger) (*installation, error) {
	_, err := os.Stat(filepath.Join(cfg.DataDir, "doorknock.db"))
	keys, err := cfg.OpenKey(errors.Is(err, os.ErrNotExist))
	if err != nil {
		return nil, err
	}
	in := &installation{cfg: cfg, log: log, keys: keys, checks: checks.All(), told: alerts.NewMetrics()}
	if err = in.readDates(); err != nil {
		return nil, err
	}
	in.db, err = store.Open(ctx, in.storeOptions())
	if err != nil {
		return nil, err
	}
	in.folder, err = evidence.OpenFolder(filepath.Join(cfg.DataDir, "evidence"))
	if err != nil {
		return nil, errors.Join(err, in.db.Close())
	}
	in.space = &store.Space{Dir: cfg.DataDir, Log: log, Dropped: in.makeRoom}
	return in, nil
}

func checkIDs(all []crawler.Check) []audit.CheckID {
	ids := make([]audit.CheckID, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids
}

// makeRoom drops at once what has been kept long enough.
func (in *installation) makeRoom(ctx context.Context) {
	if err := in.forget(ctx, time.Now()); err != nil && ctx.Err() == nil {
		in.log.Error("old texts and captures could not be dropped to make room", "error", err)
	}
}

// openReader opens what a settings file names for a look beside a running doorknock.
func openReader(ctx context.Context, path string) (*installation, error) {
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	in := &installation{cfg: cfg, log: newLog(cfg.Log), checks: checks.All()}
	if err = in.readDates(); err != nil {
		return nil, err
	}
	o := in.storeOptions()
	o.ReadOnly = true
	db, err := store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	in.db = db
	in.folder, err = evidence.OpenFolder(filepath.Join(cfg.DataDir, "evidence"))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return in, nil
}

// openBeside opens the database for a command's short write, with a doorknock running beside it or none. It asks for the
// key, as every writer does.
func openBeside(ctx context.Context, path string) (*installation, error) {
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	in := &installation{cfg: cfg, log: newLog(cfg.Log), checks: checks.All()}
	if err = in.readDates(); err != nil {
		return nil, err
	}
	if err = store.Begun(cfg.DataDir); err != nil {
		return nil, err
	}
	if in.keys, err = cfg.OpenKey(false); err != nil {
		return nil, err
	}
	o := in.storeOptions()
	o.Beside = true
	if in.db, err = store.Open(ctx, o); err != nil {
		return nil, err
	}
	in.folder, err = evidence.OpenFolder(filepath.Join(cfg.DataDir, "evidence"))
	if err != nil {
		return nil, errors.Join(err, in.db.Close())
	}
	return in, nil
}

// readDates reads the data that is built in: from when a duty binds whom, which days are no working days, and by which words
// an organisation's own are sorted.
func (in *installation) readDates() (err error) {
	if in.duties, err = configs.Duties(checkIDs(in.checks)); err != nil {
		return err
	}
	if in.clocks, err = configs.Clocks(); err != nil {
		return err
	}
	in.holidays = in.clocks.Holidays
	rules, err := configs.Talk()
	if err != nil {
		return err
	}
	in.sorter, err = talk.NewSorter(rules)
	return err
}

// tellYears warns where a notice that begins now could end in a year whose bank holidays are not known.
func (in *installation) tellYears(now time.Time) {
	if days := in.cfg.NoticeDays(); days > 0 && !in.holidays.Known(in.holidays.After(audit.UK, now, days)) {
		in.log.Warn("the bank holidays of the year in which notices end are not known, and they are counted without them: install a newer doorknock, or add the year to configs/holidays.yaml",
			"known_to", in.holidays.Last)
	}
}

func (in *installation) storeOptions() store.Options {
	o := store.Options{
		Dir: in.cfg.DataDir, ConfirmAfter: in.cfg.Confirm.After, Interval: in.cfg.Crawl.Interval, DailyCap: in.cfg.Crawl.DailyCap,
		NoticeDays: in.cfg.NoticeDays(), RetainText: in.cfg.Retain.Text, RetainCaptures: in.cfg.Retain.Captures, QuarantineShare: in.cfg.Confirm.QuarantineShare, Log: in.log,
	}
	o.Hours, _ = in.cfg.Crawl.WorkingHours() // settings that are not right were refused when they were read
	o.Holidays, o.Hours.Holidays = in.holidays, in.holidays.Everywhere()
	if in.keys != nil {
		o.KeyPrint = in.keys.Print()
	}
	return o
}

// Close gives the data folder back.
func (in *installation) Close() error { return errors.Join(in.folder.Close(), in.db.Close()) }

// takeList puts the list of organisations into the database.
func (in *installation) takeList(ctx context.Context, orgs []audit.Organisation, channels []audit.Channel) error {
	if err := in.db.SyncOrganisations(ctx, orgs, channels); err != nil {
		return fmt.Errorf("take over the list of organisations: %w", err)
	}
	return nil
}
