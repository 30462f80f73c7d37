package agent

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"

	wire "usher/api/agent"
	"usher/api/consumer"
	"usher/client/internal/link"
)

// SendFile sends a file to everybody in an engagement, who get it as a post. It is
// tried again as PostMessage is, and delivered once. The answer is nil when the site
// held it back.
func (s *Session) SendFile(ctx context.Context, engagement int64, name string, content []byte) (*consumer.File, error) {
	var answer wire.FileResponse
	query := url.Values{"engagementId": {strconv.FormatInt(engagement, 10)}, "name": {name}, "messageId": {rand.Text()}}
	err := link.Retry(ctx, func(ctx context.Context) error {
		return s.link.Upload(ctx, own+"files", query, bytes.NewReader(content), &answer)
	})
	if err != nil {
		return nil, fmt.Errorf("send file: %w", err)
	}
	return answer.File, nil
}
