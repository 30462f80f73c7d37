package consumer

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"

	wire "usher/api/consumer"
	"usher/client/internal/link"
)

// ownOperations are usher's own, beside the contract. But for SendFile they serve for
// half an hour after the chat's end, too.
const ownOperations = "/usher/consumer/{site}/v1/"

// Standing tells a program that starts again where its chat stands, and what was said
// in it after a post's number.
func (s *Session) Standing(ctx context.Context, afterPost int64) (wire.SessionResponse, error) {
	var answer wire.SessionResponse
	query := url.Values{"afterPost": {strconv.FormatInt(afterPost, 10)}}
	if err := s.link.Get(ctx, ownOperations+"session", query, &answer); err != nil {
		return wire.SessionResponse{}, fmt.Errorf("read session: %w", err)
	}
	return answer, nil
}

// Transcript answers the chat as this visitor saw it, all of it.
func (s *Session) Transcript(ctx context.Context) (wire.TranscriptResponse, error) {
	var whole wire.TranscriptResponse
	for after := 0; ; {
		var page wire.TranscriptResponse
		err := link.Retry(ctx, func(ctx context.Context) error {
			return s.link.Get(ctx, ownOperations+"transcript", url.Values{"after": {strconv.Itoa(after)}}, &page)
		})
		if err != nil {
			return wire.TranscriptResponse{}, fmt.Errorf("read transcript: %w", err)
		}
		page.Lines = append(whole.Lines, page.Lines...)
		whole = page
		if !page.More || len(page.Lines) == 0 {
			return whole, nil
		}
		after = page.Lines[len(page.Lines)-1].Number
	}
}

// MailTranscript has the transcript sent by e-mail when the chat is over; to "" means
// the address that the visitor came with.
func (s *Session) MailTranscript(ctx context.Context, to string) error {
	r := wire.TranscriptMailRequest{EmailAddress: to, Request: s.request()}
	if err := s.link.Do(ctx, ownOperations+"transcript", r, new(wire.TranscriptMailResponse)); err != nil {
		return fmt.Errorf("mail transcript: %w", err)
	}
	return nil
}

// Rate rates a chat that is over, with 1 to 5 stars.
func (s *Session) Rate(ctx context.Context, stars int, comment string) error {
	r := wire.RatingRequest{Rating: wire.Rating{Stars: stars, Comment: comment}, Request: s.request()}
	if err := s.link.Do(ctx, ownOperations+"rating", r, new(wire.RatingResponse)); err != nil {
		return fmt.Errorf("rate chat: %w", err)
	}
	return nil
}

// SendFile sends a file to the agents, who get it as a post. It is tried again as
// PostMessage is, and delivered once. The answer is nil when the site held it back.
func (s *Session) SendFile(ctx context.Context, name string, content []byte) (*wire.File, error) {
	var answer wire.FileResponse
	query := url.Values{"name": {name}, "messageId": {rand.Text()}}
	err := link.Retry(ctx, func(ctx context.Context) error {
		return s.link.Upload(ctx, ownOperations+"files", query, bytes.NewReader(content), &answer)
	})
	if err != nil {
		return nil, fmt.Errorf("send file: %w", err)
	}
	return answer.File, nil
}
