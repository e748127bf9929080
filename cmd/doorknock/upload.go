package main

import (
	"context"
	"os"

	"doorknock/audit"
	"doorknock/pipeline"
	"doorknock/web"
	"doorknock/web/admin"
)

// uploadPages is the page that takes saved pages, archives and the answers of people who looked: what `import` does, beside a running doorknock and within it.
func (in *installation) uploadPages(dress *web.Dress) ([]admin.Page, error) {
	m, err := in.importer()
	if err != nil {
		return nil, err
	}
	asked, answers := titles(in.checks), in.witnesses()
	u := &admin.Uploads{Dir: in.cfg.DataDir, Dress: dress, Take: func(ctx context.Context, f *os.File, g admin.Given) admin.Taken {
		done, err := takeFile(ctx, m, answers, f, g.Size, pipeline.Given{By: g.By, URL: g.URL, At: g.At})
		return takenFrom(done, err, asked)
	}}
	if in.space != nil {
		u.Room = in.space.Low
	}
	return u.Pages(), nil
}

// takenFrom is an import as the page shows it.
func takenFrom(done pipeline.Imported, failed error, asked map[audit.CheckID]string) admin.Taken {
	t := admin.Taken{Format: string(done.Format), Records: done.Records, Pages: done.Pages, More: done.More, Passed: done.Passed}
	for _, address := range done.Strange {
		t.Strange = append(t.Strange, audit.Untrusted(address).Plain(200))
	}
	if failed != nil {
		t.Error = audit.Untrusted(failed.Error()).Plain(400)
	}
	for _, l := range done.Looks {
		look := admin.TakenLook{At: l.At, Organisation: l.Organisation, URL: l.URL, Pages: l.Pages, Known: l.Known}
		if len(l.Unread) > 0 {
			look.Unread = string(l.Unread[0])
		}
		for _, a := range l.Answers {
			if a.Scope != "" {
				look.Posts++
				continue
			}
			look.Answers = append(look.Answers, admin.TakenAnswer{Title: asked[a.Check], State: a.State})
		}
		t.Looks = append(t.Looks, look)
	}
	return t
}
