package sites

import "usher/api"

// Group is a staff group: GET, PUT and DELETE
// /usher/admin/v1/sites/{site}/groups/{id}. GroupID in a request does not count.
type Group struct {
	GroupID int64  `json:"groupId,omitempty"`
	Name    string `json:"name"`
}

// Groups are a site's groups in the order of their ids:
// GET /usher/admin/v1/sites/{site}/groups.
type Groups struct {
	Groups api.List[Group] `json:"groups"`
}
