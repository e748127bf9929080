package platform

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"doorknock/crawler"
)

// jsonFeed reads a JSON Feed. Its items say nothing of comments, as those of Atom. at is the time of the look.
func jsonFeed(body []byte, at time.Time) (items []feedItem, rss bool, err error) {
	if err := crawler.SoundJSON(body); err != nil {
		return nil, false, fmt.Errorf("read JSON feed: %w: %w", errShape, err)
	}
	var f struct {
		Version string `json:"version"`
		Title   string `json:"title"`
		signature
		Items []struct {
			ID            any    `json:"id"`
			URL           string `json:"url"`
			Title         string `json:"title"`
			DatePublished string `json:"date_published"`
			signature
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, false, fmt.Errorf("read JSON feed: %w: %w", errShape, err)
	}
	if !strings.HasPrefix(f.Version, "https://jsonfeed.org/version/") {
		return nil, false, fmt.Errorf("read JSON feed: version %.40q: %w", f.Version, errShape)
	}
	r := feedReader{title: words(f.Title)}
	for _, name := range f.names() {
		r.author = words(name)
	}
	for _, i := range f.Items {
		if len(items) < maxItems && i.URL != "" {
			item := feedItem{link: i.URL, title: words(i.Title), published: isoTime(i.DatePublished, at)}
			for _, name := range i.names() {
				item.by(words(name))
				item.authorAt = 1
			}
			item.author = r.personOf(item)
			items = append(items, item)
		}
	}
	return items, false, nil
}

// signature is whom a JSON Feed or one of its items names as author: one in version 1.0, several since.
type signature struct {
	Author  signer   `json:"author"`
	Authors []signer `json:"authors"`
}

type signer struct {
	Name string `json:"name"`
}

func (s signature) names() (names []string) {
	for _, one := range append(s.Authors, s.Author) {
		if one.Name != "" {
			names = append(names, one.Name)
		}
	}
	return names
}
