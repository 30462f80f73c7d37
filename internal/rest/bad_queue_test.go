package rest_test

import (
	"net/http"
	"strings"

	"usher/internal/testkit"
)

// besides lists what stands beside sessions: the two questions before a chat, each
// with both methods, and chatAuthenticate. attributes are those of establishSessions.
func (s *stage) besides(attributes []field) []operation {
	var ops []operation
	question := func(section, name string, fields ...field) {
		byPost := operation{
			name: "visitor's " + name + " by POST", section: "consumer-api " + section, method: http.MethodPost, path: testkit.VisitorPath(name),
			form: visitorForm, loose: true, headers: []string{"SessionId", "undefined", "Authorization", "Basic eDp5"},
			fields: append(fields, field{name: "clientTransactionId", kind: long}),
		}
		byGet := byPost
		byGet.name, byGet.method, byGet.inQuery = "visitor's "+name, http.MethodGet, true
		ops = append(ops, byGet, byPost)
	}
	question("2.8", "getQueueStats", field{name: "queueId", kind: long, required: true, good: "1"}, field{name: "chatProactiveAvailableType", kind: word})
	question("2.9", "getEngagementQueue", field{name: "interfaceId", kind: short}, field{name: "interfaceName", kind: anyText}, field{name: "productId", kind: long},
		field{name: "categoryId", kind: long}, field{name: "organizationId", kind: long}, field{name: "customFields", kind: entries})

	authenticate := operation{
		name: "chatAuthenticate", section: "bootstrap 6.4", method: http.MethodPost, path: chatAuthenticate, elsewhere: "/sites/nowhere" + chatAuthenticate,
		form: siteForm, loose: true, headers: []string{"Authorization", testkit.Basic("ada", testkit.Password)}, status: http.StatusCreated,
		fields: append([]field{
			{name: "authUserName", kind: anyText, required: true, good: `"ann"`, unnamed: true}, {name: "clientType", kind: word, unnamed: true},
		}, attributes...),
	}
	other := authenticate
	other.name, other.path = "chatAuthenticate, the other one", strings.Replace(chatAuthenticate, "serviceApi", "crmRestApi", 1)
	other.elsewhere = "/sites/nowhere" + other.path
	return append(ops, authenticate, other)
}
