package rest

import (
	"log/slog"

	"usher/internal/site"
)

// noteTaken tells which post it is that was taken, and logs why one was held back: who
// posted it is not told the reasons (consumer-api 2.5).
func (c *call) noteTaken(t site.Taken) {
	if t.Number > 0 {
		c.head["Usher-Post"], c.head["Usher-Post-Time"] = []string{text(t.Number)}, []string{text(t.At.Millis())}
	}
	if len(t.Blocked) > 0 {
		c.log.LogAttrs(c.r.Context(), slog.LevelInfo, "post held back", slog.String("site", c.site), slog.Int64("engagement", int64(t.Engagement)),
			slog.Int64("client", int64(t.Client)), slog.Any("codes", t.Blocked), slog.Bool("ejected", t.Ejected))
	}
}
