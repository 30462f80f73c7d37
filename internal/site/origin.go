package site

import "strings"

// origin writes a web origin as browsers do: scheme and host in small letters, the
// scheme's own port and a final slash left out. "*" is any, and "null" is what pages
// without an origin say. It answers false for anything else.
func origin(text string) (string, bool) {
	if text == "*" || text == "null" {
		return text, true
	}
	scheme, host, found := strings.Cut(strings.ToLower(text), "://")
	host = strings.TrimSuffix(host, "/")
	if port, own := map[string]string{"https": ":443", "http": ":80"}[scheme]; own {
		host = strings.TrimSuffix(host, port)
	}
	if !found || scheme == "" || host == "" || strings.HasPrefix(host, ":") || strings.ContainsFunc(scheme, notScheme) || strings.ContainsFunc(host, notHost) {
		return "", false
	}
	return scheme + "://" + host, true
}

func notScheme(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r)
}

// notHost finds what stands in no host and port: names in other scripts are written
// in ASCII there.
func notHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-._:[]", r)
}
