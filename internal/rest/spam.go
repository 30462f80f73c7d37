package rest

import (
	"log/slog"

	"usher/internal/site"
)

// noteSpam logs why a post was held back: who posted it is not told the reasons
// (consumer-api 2.5).
func (c *call) noteSpam(t site.Taken) {
	if len(t.Blocked) > 0 {
		c.log.LogAttrs(c.r.Context(), slog.LevelInfo, "post held back", slog.String("site", c.site), slog.Int64("engagement", int64(t.Engagement)),
			slog.Int64("client", int64(t.Client)), slog.Any("codes", t.Blocked), slog.Bool("ejected", t.Ejected))
	}
}
