package consumer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	wire "usher/api/consumer"
	"usher/client/internal/link"
)

// QueueStats answers how a queue stands, to decide whether a chat is offered. Of the
// options it needs Server (or ChatURL, if that is elsewhere) and Site; no key and no
// log-in. A queue that is not there is no error: all of its counts are 0, and
// ResultType is api.ResultNone.
func QueueStats(ctx context.Context, o Options, r wire.GetQueueStatsRequest) (wire.QueueStatistics, error) {
	var answer wire.GetQueueStatsResponse
	if err := ask(ctx, o, "getQueueStats", r, &answer); err != nil {
		return wire.QueueStatistics{}, fmt.Errorf("get queue statistics: %w", err)
	}
	return answer.QueueStatistics, nil
}

// EngagementQueue answers which queue the site's rules would give a visitor like this,
// and how it stands. It needs what QueueStats needs. Who would be turned away gets a
// QueueID of 0, and no error: ResultType and Reason say why.
func EngagementQueue(ctx context.Context, o Options, r wire.GetEngagementQueueRequest) (wire.GetEngagementQueueResponse, error) {
	var answer wire.GetEngagementQueueResponse
	if err := ask(ctx, o, "getEngagementQueue", r, &answer); err != nil {
		return wire.GetEngagementQueueResponse{}, fmt.Errorf("get engagement queue: %w", err)
	}
	return answer, nil
}

// ask puts a question that needs no session.
func ask(ctx context.Context, o Options, operation string, request, answer any) error {
	if o.Site == "" {
		return errors.New("the option Site is empty: it must name the site")
	}
	site := link.Site{HTTP: o.HTTP, Server: cmp.Or(o.ChatURL, o.Server), Name: o.Site}
	if err := site.Prepare(); err != nil {
		return err
	}
	question, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	path := "/engagement/api/consumer/" + url.PathEscape(o.Site) + "/v1/" + operation + "?request=" + url.QueryEscape(string(question))
	return site.Call(ctx, http.MethodGet, path, nil, nil, answer)
}
