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
		Items   []struct {
			ID            any    `json:"id"`
			URL           string `json:"url"`
			Title         string `json:"title"`
			DatePublished string `json:"date_published"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, false, fmt.Errorf("read JSON feed: %w: %w", errShape, err)
	}
	if !strings.HasPrefix(f.Version, "https://jsonfeed.org/version/") {
		return nil, false, fmt.Errorf("read JSON feed: version %.40q: %w", f.Version, errShape)
	}
	for _, i := range f.Items {
		if len(items) < maxItems && i.URL != "" {
			items = append(items, feedItem{link: i.URL, title: words(i.Title), published: isoTime(i.DatePublished, at)})
		}
	}
	return items, false, nil
}
