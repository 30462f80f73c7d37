package record

import (
	"cmp"
	"fmt"

	"usher/api"
	"usher/internal/site"
)

// unrecorded is told of what was decided before its reason was recorded.
const unrecorded = "the reason was not recorded"

// causes are a site's words in sentences.
var causes = map[site.Cause]string{
	site.Declined:    "the agent declined",
	site.Expired:     "the agent did not answer in time",
	site.Absent:      "the agent showed no sign of life",
	site.Lost:        "the agent's session ended for want of a sign of life",
	site.LoggedOff:   "the agent's session was logged off",
	site.Withdrawn:   "whoever asked took it back, or somebody else took the engagement",
	site.Rerouted:    "the lead sent it to where the escalation rules say",
	site.Transferred: "it was transferred",
	site.TakenOver:   "a supervisor took it over",
	site.WentAway:    "the agent left",
	site.Removed:     "an administrator removed the account",
}

func because(c site.Cause) string { return cmp.Or(causes[c], unrecorded) }

// endings are the contract's reasons of an end in sentences.
var endings = map[api.Reason]string{
	api.ReasonAgentConcluded:    "the lead ended it",
	api.ReasonEndUserConcluded:  "the visitor ended it",
	api.ReasonIdleTimeout:       "nobody did anything for as long as the site allows",
	api.ReasonQueueTimeout:      "it waited for an agent for as long as the site allows",
	api.ReasonEjected:           "the visitor showed no sign of life",
	api.ReasonNoAgentsAvailable: "nobody was left who could serve its queue",
}

func (s *story) ended(reason api.Reason) string {
	if s.Ejector != "" && reason == api.ReasonEjected {
		return fmt.Sprintf("%s ended it and removed the visitor", s.Ejector)
	}
	return cmp.Or(endings[reason], unrecorded)
}

// taken says how an offer became an engagement that the agent leads.
func taken(c site.Cause) string {
	switch c {
	case "":
		return "the agent accepted the offer"
	case site.Expired:
		return "the site accepted the offer for the agent, who had not answered it"
	case site.TakenOver:
		return "a supervisor took it without being offered it"
	}
	return because(c)
}

// released says how a wrap-up ended.
func released(c site.Cause) string {
	switch c {
	case "":
		return "the agent released it"
	case site.Expired:
		return "the time for wrapping up was over"
	}
	return because(c)
}
