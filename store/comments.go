package store

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"doorknock/audit"
)

// savePosts keeps what the organisation published; the newest look says what a post is called, the newest that tells when it was
// published, and the first that tells which number it has.
func (r *recorder) savePosts() error {
	seen := stamp(r.visit.ObservedAt)
	for _, p := range r.visit.Posts {
		err := r.exec(`INSERT INTO post (id, channel, url, title, posted_at, native, observed_at, recorded_at, posted_seen, native_seen)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, iif(?5 IS NULL, NULL, ?7), iif(?6 = '', NULL, ?7))
			ON CONFLICT (id) DO UPDATE SET
				title = iif(excluded.observed_at >= post.observed_at, excluded.title, post.title),
				posted_at = iif(excluded.posted_seen >= coalesce(post.posted_seen, ''), excluded.posted_at, post.posted_at),
				posted_seen = max(coalesce(excluded.posted_seen, post.posted_seen), coalesce(post.posted_seen, excluded.posted_seen)),
				native = iif(excluded.native_seen < coalesce(post.native_seen, '~'), excluded.native, post.native),
				native_seen = min(coalesce(excluded.native_seen, post.native_seen), coalesce(post.native_seen, excluded.native_seen)),
				observed_at = max(excluded.observed_at, post.observed_at), recorded_at = excluded.recorded_at
			WHERE excluded.observed_at >= post.observed_at OR excluded.posted_seen > coalesce(post.posted_seen, '') OR excluded.native_seen < coalesce(post.native_seen, '~')`,
			p.ID, r.channel.ID, p.URL, p.Title, orNull(p.Published), p.Native, seen, stamp(r.now))
		if err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	return nil
}

// saveComments keeps each comment once, as it was first brought, counts the new ones into their weeks, and raises one
// event a visit for them.
func (r *recorder) saveComments() error {
	if len(r.visit.Comments) == 0 {
		return nil
	}
	weeks, late := make(map[string]*[2]int), sync.OnceValues(r.late) // all, by the organisation
	here, err := r.commentsHere()
	if err != nil {
		return err
	}
	for _, c := range r.visit.Comments {
		week := weekOf(c, r.visit.ObservedAt)
		isNew, err := r.hear(c, week, here, late)
		if err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
		if !isNew {
			continue
		}
		if weeks[week] == nil {
			weeks[week] = &[2]int{}
		}
		weeks[week][0]++
		if c.By == audit.AuthorOrganisation {
			weeks[week][1]++
		}
		r.out.NewComments++
	}
	if err := r.saveFresh(); err != nil {
		return err
	}
	if r.out.NewComments == 0 {
		return nil
	}
	if err := r.heard(); err != nil {
		return fmt.Errorf("what was told of them before: %w", err)
	}
	for week, n := range weeks {
		if err := r.addToWeek(week, n[0], n[1], 0, 0); err != nil {
			return err
		}
	}
	if err := r.exec(`UPDATE visit SET new_comments = ? WHERE id = ?`, r.out.NewComments, r.visit.ID); err != nil {
		return err
	}
	return r.raise(audit.Event{Kind: audit.EventComments, Ref: r.visit.ID, Count: r.out.NewComments, At: r.visit.ObservedAt}, r.now)
}

// hear keeps what the visit tells of one comment, and says whether nobody had brought it before.
func (r *recorder) hear(c audit.Comment, week string, here commentsHere, late func() (bool, error)) (isNew bool, err error) {
	kept, known := here.ids[c.ID]
	switch unseen := c.Hidden && r.visit.Told || c.Removed; { // a message that it is away: nobody saw it
	case unseen && !known:
		return false, r.saveUnheard(c)
	case unseen:
		return false, errors.Join(r.saveFresh(), r.saveHidden(c))
	case known:
		return false, errors.Join(r.saveFresh(), r.saveVersion(kept, c), r.saveHidden(c), r.sawEarlier(c.ID, late))
	}
	if isNew, err = r.saveComment(c, week, here.prints[[2]string{c.Post, c.Print}]); err == nil && !isNew {
		err = r.sawEarlier(c.ID, late)
	}
	here.add(c, r.visit.ObservedAt)
	return isNew, err
}

// addToWeek adds to the counts of a week of the channel.
func (r *recorder) addToWeek(week string, comments, byOrganisation, assessed, complaints int) error {
	err := r.exec(`INSERT INTO comment_week (channel, week, organisation, comments, by_organisation, assessed, complaints)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, week) DO UPDATE SET
			comments = comments + excluded.comments, by_organisation = by_organisation + excluded.by_organisation,
			assessed = assessed + excluded.assessed, complaints = complaints + excluded.complaints`,
		r.channel.ID, week, r.channel.Organisation, comments, byOrganisation, assessed, complaints)
	if err != nil {
		return fmt.Errorf("week %s: %w", week, err)
	}
	return nil
}

// late reports whether a newer visit of the channel is recorded already.
func (r *recorder) late() (late bool, err error) {
	_, err = r.row(`SELECT EXISTS (SELECT 1 FROM visit WHERE channel = ? AND observed_at > ?)`, []any{r.channel.ID, stamp(r.visit.ObservedAt)}, &late)
	return late, err
}

// sawEarlier backdates a comment that is known, where newer visits were recorded before this one.
func (r *recorder) sawEarlier(id string, late func() (bool, error)) error {
	is, err := late()
	if err == nil && is {
		err = r.backdate(r.keptAs(id))
	}
	if err != nil {
		return fmt.Errorf("backdate: %w", err)
	}
	return nil
}

// backdate says of a comment that a late visit has seen it earlier. Where nobody knows when it was said, it moves to the
// week of its first sight.
func (r *recorder) backdate(id string) error {
	var was string
	var undated bool
	var byOrganisation, assessed, complaints int
	found, err := r.row(`SELECT m.week, m.said_at IS NULL, m.author_by = 2, a.comment IS NOT NULL, coalesce(a.is_complaint, 0)
		FROM comment m LEFT JOIN assessment a ON a.comment = m.id WHERE m.id = ? AND m.observed_at > ?`,
		[]any{id, stamp(r.visit.ObservedAt)}, &was, &undated, &byOrganisation, &assessed, &complaints)
	if err != nil || !found {
		return err
	}
	week := was
	if undated {
		week = weekOf(audit.Comment{}, r.visit.ObservedAt)
	}
	if err := r.exec(`UPDATE comment SET observed_at = ?, week = ? WHERE id = ?`, stamp(r.visit.ObservedAt), week, id); err != nil || week == was {
		return err
	}
	if err := r.addToWeek(was, -1, -byOrganisation, -assessed, -complaints); err != nil {
		return err
	}
	if err := r.exec(`DELETE FROM comment_week WHERE channel = ? AND week = ? AND comments = 0`, r.channel.ID, was); err != nil {
		return err
	}
	return r.addToWeek(week, 1, byOrganisation, assessed, complaints)
}

// commentsHere says which comments are there already: by their ids, and by the posts and prints of their texts. It is asked
// once for a visit: most bring what earlier ones brought.
type commentsHere struct {
	ids    map[string]wording
	prints map[[2]string]bool
}

// wording is what is kept of a comment's words.
type wording struct {
	print, hash, length string
	method              audit.Method
	seen                time.Time
}

func (h commentsHere) add(c audit.Comment, seen time.Time) {
	h.ids[c.ID] = wording{c.Print, c.TextHash, lengthClass(c.Text), c.Method, seen}
	if c.Print != "" {
		h.prints[[2]string{c.Post, c.Print}] = true
	}
}

// commentsHere looks for the visit's comments among those of its channel.
func (r *recorder) commentsHere() (commentsHere, error) {
	here := commentsHere{ids: map[string]wording{}, prints: map[[2]string]bool{}}
	var ids []string
	var prints [][2]string
	for _, c := range r.visit.Comments {
		if ids = append(ids, c.ID); c.Print != "" {
			prints = append(prints, [2]string{c.Post, c.Print})
		}
	}
	err := r.rows(`SELECT m.id, m.post, m.print, m.text_hash, m.length_class, m.method, m.observed_at FROM json_each(?1) j JOIN comment m ON m.id = j.value
		UNION ALL SELECT '', m.post, m.print, '', '', '', NULL FROM json_each(?2) j CROSS JOIN comment m INDEXED BY comment_print
			ON m.post = j.value ->> 0 AND m.print = j.value ->> 1 AND m.print <> '' AND m.channel = ?3`,
		[]any{asJSON(ids), asJSON(orEmpty(prints)), r.channel.ID}, func(row *sql.Rows) error {
			var id, post string
			var w wording
			err := row.Scan(&id, &post, &w.print, &w.hash, &w.length, &w.method, at(&w.seen))
			here.ids[id] = w
			if w.print != "" {
				here.prints[[2]string{post, w.print}] = true
			}
			return err
		})
	if err != nil {
		return here, fmt.Errorf("look for known comments: %w", err)
	}
	return here, nil
}

// saveComment keeps a comment whose id is not known, unless it is known otherwise. alike says that some comment on the post
// has the same print.
func (r *recorder) saveComment(c audit.Comment, week string, alike bool) (isNew bool, err error) {
	if c.Print != "" {
		other, err := r.knownAs(c, alike)
		if err != nil || other != "" {
			r.is[c.ID] = other
			return false, err
		}
	}
	var hidden any
	if c.Hidden {
		hidden = stamp(r.visit.ObservedAt)
	}
	r.fresh = append(r.fresh, []any{
		c.ID, r.channel.Organisation, r.channel.ID, r.visit.ID, c.Post, c.System, c.URL, c.Author, int(c.By), r.keptAs(c.Parent),
		orNull(c.Time), orNull(c.TimeMax), week, c.Text, c.TextHash, lengthClass(c.Text), c.Print, c.Native, c.Standing, string(c.Method),
		stamp(r.visit.ObservedAt), stamp(r.now), hidden,
	})
	return true, nil
}

// saveFresh writes the new comments so far, before anything asks the database about comments.
func (r *recorder) saveFresh() error {
	rows := r.fresh
	r.fresh = nil
	return r.insert(`INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent,
			said_at, said_max, week, text, text_hash, length_class, print, native, standing, method, observed_at, recorded_at, hidden_at)`,
		`(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?)`, ``, rows)
}

// saveHidden keeps of a known comment when its organisation's own token first told that it is hidden, or the platform that it
// was taken away.
func (r *recorder) saveHidden(c audit.Comment) error {
	if c.Removed {
		return r.exec(`UPDATE comment SET removed_at = min(coalesce(removed_at, ?1), ?1) WHERE id = ?2`, stamp(r.visit.ObservedAt), c.ID)
	}
	if !c.Hidden {
		return nil
	}
	return r.exec(`UPDATE comment SET hidden_at = min(coalesce(hidden_at, ?1), ?1) WHERE id = ?2`, stamp(r.visit.ObservedAt), c.ID)
}

// saveUnheard keeps of a comment that nobody has brought when the platform first told that it is hidden or gone: the look that saw
// it may still be on its way.
func (r *recorder) saveUnheard(c audit.Comment) error {
	seen := stamp(r.visit.ObservedAt)
	var hidden, removed any = seen, nil
	if c.Removed {
		hidden, removed = nil, seen
	}
	return r.exec(`INSERT INTO unheard (comment, hidden_at, removed_at, recorded_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (comment) DO UPDATE SET hidden_at = min(coalesce(hidden_at, excluded.hidden_at), coalesce(excluded.hidden_at, hidden_at)),
			removed_at = min(coalesce(removed_at, excluded.removed_at), coalesce(excluded.removed_at, removed_at)), recorded_at = excluded.recorded_at`,
		c.ID, hidden, removed, stamp(r.now))
}

// heard says of the visit's new comments what was told of them before they came.
func (r *recorder) heard() error {
	n, err := r.count(`UPDATE comment SET hidden_at = min(coalesce(comment.hidden_at, u.hidden_at), coalesce(u.hidden_at, comment.hidden_at)), removed_at = u.removed_at
		FROM unheard u WHERE u.comment = comment.id AND comment.visit = ?`, r.visit.ID)
	if err != nil || n == 0 {
		return err
	}
	return r.exec(`DELETE FROM unheard WHERE comment IN (SELECT id FROM comment WHERE visit = ?)`, r.visit.ID)
}

// keptAs is the id under which a comment of this visit is kept.
func (r *recorder) keptAs(id string) string {
	if other, ok := r.is[id]; ok {
		return other
	}
	return id
}

// knownAs finds a comment under another id: from a page that gives no numbers and now by the interface that does, from a
// system whose comments another took over, or from a page whose address has changed. Two numbers of one system are two
// comments, whatever they say, and so are two fingerprints of one system under one address. Where each says when it was
// said, the times have to overlap. "" where there is none.
func (r *recorder) knownAs(c audit.Comment, alike bool) (id string, err error) {
	const like = `SELECT id FROM comment WHERE post = ?1 AND print = ?2 AND print <> '' AND channel = ?3 AND id <> ?4
		AND (said_at IS NULL OR ?5 IS NULL OR said_at <= ?6 AND coalesce(said_max, said_at) >= ?5) AND `
	until := c.TimeMax
	if until.IsZero() {
		until = c.Time
	}
	args := func(post string) []any {
		return []any{post, c.Print, r.channel.ID, c.ID, orNull(c.Time), orNull(until), c.Native, c.System, c.Author}
	}
	twins, err := r.twinsOf(c.Post)
	if err == nil && (alike || len(twins) > 0) {
		err = r.saveFresh()
	}
	if err != nil {
		return "", err
	}
	if alike {
		found, err := r.row(like+`(native <> ?7 OR system <> ?8) ORDER BY id LIMIT 1`, args(c.Post)[:8], &id)
		if found || err != nil {
			return id, err
		}
	}
	for _, post := range twins {
		found, err := r.row(like+`(native <> ?7 OR system <> ?8 OR native = 0 AND author = ?9) ORDER BY id LIMIT 1`, args(post), &id)
		if found || err != nil {
			return id, err
		}
	}
	return "", nil
}

// twinsOf lists the other addresses of a post: audit.Post.Same.
func (r *recorder) twinsOf(post string) ([]string, error) {
	if twins, asked := r.twins[post]; asked {
		return twins, nil
	}
	r.twins[post] = nil
	of := audit.Post{ID: post}
	found, err := r.row(`SELECT title, posted_at, native FROM post WHERE id = ?`, []any{post}, &of.Title, at(&of.Published), &of.Native)
	if err != nil || !found {
		return nil, err
	}
	same := of.Same(r.channel.ID)
	var twins []string
	err = r.rows(`SELECT id, title, posted_at, native FROM post WHERE channel = ?1 AND posted_at = ?2
		UNION SELECT id, title, posted_at, native FROM post WHERE channel = ?1 AND native = ?3 AND native <> '' ORDER BY id`,
		[]any{r.channel.ID, orNull(of.Published), of.Native}, func(row *sql.Rows) error {
			var p audit.Post
			err := row.Scan(&p.ID, &p.Title, at(&p.Published), &p.Native)
			if p.ID != post && p.Same(r.channel.ID) == same {
				twins = append(twins, p.ID)
			}
			return err
		})
	r.twins[post] = twins
	return twins, err
}

// weekOf is the ISO week in which a comment was said, or seen where nobody knows when it was said.
func weekOf(c audit.Comment, observed time.Time) string {
	when := c.Time
	if when.IsZero() {
		when = observed
	}
	year, week := when.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// lengthClass is what remains of a text's length; "" where the text was not sent.
func lengthClass(text string) string {
	switch n := len(text); {
	case n == 0:
		return ""
	case n < 80:
		return "short"
	case n < 400:
		return "medium"
	case n < 2000:
		return "long"
	}
	return "very_long"
}

const commentColumns = `m.id, m.post, m.system, m.url, m.author, m.author_by, m.parent, m.said_at, m.said_max, coalesce(m.text, ''), m.text_hash`

func commentInto(c *audit.Comment) []any {
	return []any{&c.ID, &c.Post, &c.System, &c.URL, &c.Author, &c.By, &c.Parent, at(&c.Time), at(&c.TimeMax), &c.Text, &c.TextHash}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
