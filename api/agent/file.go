package agent

import "usher/api/consumer"

// FileResponse answers a file that was sent to an engagement, which the others get
// as a post. usher's own: POST /usher/agent/{site}/v1/files?engagementId=…&name=…&messageId=…,
// whose body is the file.
type FileResponse struct {
	Envelope
	// File is null when the file was held back. A repeat under the same messageId is
	// answered with the file that was sent first.
	File *consumer.File `json:"file"`
}
