package blob

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// location is where a bucket is, as OpenS3 is told.
type location struct {
	bucket string
	prefix string // of every key, "" or with a slash at its end
	host   string // of the store, with a port if it has one
	secure bool
	region string // "" to ask the store
	lookup minio.BucketLookupType
}

// amazon is the store when no other is named.
const amazon = "https://s3.amazonaws.com"

// maxPrefix leaves room for a key in the 1,024 bytes that an object's name may
// have.
const maxPrefix = 512

var (
	prefixForm = regexp.MustCompile(`^([A-Za-z0-9_-][A-Za-z0-9._-]*/)*$`)
	codeForm   = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`) // of an error
	regionForm = regexp.MustCompile(`^[A-Za-z0-9-]{0,64}$`)
)

// parseLocation reads s3://bucket/prefix?endpoint=…&region=…&pathStyle=…. Its
// errors repeat nothing of what they refuse: somebody may have put a secret
// there.
func parseLocation(raw string) (location, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return location{}, errors.New("it is no URL")
	case u.Scheme != "s3" || u.Opaque != "":
		return location{}, errors.New("it does not begin with s3://")
	case u.User != nil:
		return location{}, errors.New("it has a user name or a password in it; credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	case u.Fragment != "":
		return location{}, errors.New("it has a # in it")
	case s3utils.CheckValidBucketNameStrict(u.Host) != nil:
		return location{}, errors.New("what follows s3:// is no bucket's name: 3 to 63 lower-case letters, digits, . and -")
	}
	l := location{bucket: u.Host}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		l.prefix = prefix + "/"
	}
	if !prefixForm.MatchString(l.prefix) || len(l.prefix) > maxPrefix {
		return location{}, errors.New("the prefix has letters, digits, _, - and ., in parts that do not begin with a dot, and at most 512 of them")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return location{}, errors.New("what follows the ? is not of the form endpoint=https://host:port&region=name&pathStyle=true")
	}
	for name, values := range query {
		if !slices.Contains([]string{"endpoint", "region", "pathStyle"}, name) || len(values) != 1 {
			return location{}, errors.New("after the ? there may be endpoint, region and pathStyle, each once")
		}
	}
	return l, l.parseQuery(query)
}

func (l *location) parseQuery(query url.Values) error {
	if l.region = query.Get("region"); !regionForm.MatchString(l.region) {
		return errors.New("the region has letters, digits and -")
	}
	switch query.Get("pathStyle") {
	case "":
	case "true":
		l.lookup = minio.BucketLookupPath
	case "false":
		l.lookup = minio.BucketLookupDNS
	default:
		return errors.New("pathStyle is true or false")
	}
	endpoint := amazon
	if query.Has("endpoint") {
		endpoint = query.Get("endpoint")
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the endpoint is of the form https://host:port")
	}
	l.host, l.secure = u.Host, u.Scheme == "https"
	return nil
}

// String names the bucket for people.
func (l location) String() string {
	scheme := "http"
	if l.secure {
		scheme = "https"
	}
	return fmt.Sprintf("the bucket %s at %s://%s", l.bucket, scheme, l.host)
}
