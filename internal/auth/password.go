// Package auth keeps people and programs honest: passwords and their hashes,
// the check of a log-in, the signed tokens that the site bootstrap hands out,
// and the secrets sessions go by. It knows neither HTTP nor the rules of a
// site, and no secret ever stands in an error it answers.
package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// MinPasswordBytes and MaxPasswordBytes bound a password's length in UTF-8. The
// upper one keeps a request from paying for the hashing of a whole body.
const (
	MinPasswordBytes = 1
	MaxPasswordBytes = 1024
)

// ErrPasswordLength says that a password is empty or longer than MaxPasswordBytes.
var ErrPasswordLength = fmt.Errorf("a password must have %d to %d bytes: choose another one", MinPasswordBytes, MaxPasswordBytes)

// ErrHash says that a stored password hash does not read as one that
// HashPassword could have made. Setting the password anew mends it.
var ErrHash = errors.New("the stored password hash is damaged: set the password anew")

// standard is what new passwords are hashed with: the second choice of OWASP's
// list for argon2id, which spares memory rather than time.
var standard = cost{memory: 19 << 10, passes: 2, lanes: 1}

// What a stored hash may ask for. Up to three times the standard leaves room to
// raise it, while a damaged hash can ask for neither gigabytes nor minutes.
const (
	maxMemory = 64 << 10 // KiB
	maxPasses = 8
	maxLanes  = 4

	minSaltBytes, maxSaltBytes = 8, 64
	minKeyBytes, maxKeyBytes   = 16, 64
	maxHashText                = 256 // more than all of the above written out

	saltBytes = 16
	keyBytes  = 32
)

// computing is held during each argon2 computation: it takes its memory and a
// core for tens of milliseconds, which must never happen twice at once.
var computing sync.Mutex

// HashPassword hashes pw with argon2id (19 MiB, 2 passes, 1 lane) and a fresh
// salt, and answers the PHC string that is stored, such as
// "$argon2id$v=19$m=19456,t=2,p=1$salt$key". It takes tens of milliseconds of
// one core, and callers take turns. The error is ErrPasswordLength.
func HashPassword(pw string) (string, error) {
	if !fits(pw) {
		return "", ErrPasswordLength
	}
	h := hash{cost: standard, salt: make([]byte, saltBytes)}
	rand.Read(h.salt)
	h.key = h.derive(pw, keyBytes)
	return h.String(), nil
}

// fits tells whether pw has an allowed length.
func fits(pw string) bool {
	return len(pw) >= MinPasswordBytes && len(pw) <= MaxPasswordBytes
}

// verify tells whether pw is the password that phc was made from, in a time
// that does not depend on how much of it is right. A damaged phc is ErrHash.
func verify(phc, pw string) (bool, error) {
	h, err := parseHash(phc)
	if err != nil {
		return false, err
	}
	if !fits(pw) {
		return false, nil
	}
	return subtle.ConstantTimeCompare(h.derive(pw, len(h.key)), h.key) == 1, nil
}

// nobodysHash is a hash of the standard cost that no password has: its key is
// no password's but random.
func nobodysHash() string {
	h := hash{cost: standard, salt: make([]byte, saltBytes), key: make([]byte, keyBytes)}
	rand.Read(h.salt)
	rand.Read(h.key)
	return h.String()
}

// cost is what one computation takes.
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// hash is a password's hash, taken apart.
type hash struct {
	cost
	salt, key []byte
}

func (h hash) derive(pw string, n int) []byte {
	computing.Lock()
	defer computing.Unlock()
	return argon2.IDKey([]byte(pw), h.salt, h.passes, h.memory, h.lanes, uint32(n))
}

// String is the hash as a PHC string.
func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// parseHash reads a PHC string within the bounds above. The error is ErrHash,
// without a word of what was read.
func parseHash(phc string) (hash, error) {
	if len(phc) > maxHashText {
		return hash{}, ErrHash
	}
	fields := strings.Split(phc, "$")
	if len(fields) != 6 {
		return hash{}, ErrHash
	}
	numbers := strings.Split(fields[3], ",")
	if len(numbers) != 3 {
		return hash{}, ErrHash
	}
	memory := number(numbers[0], "m=", maxMemory)
	passes := number(numbers[1], "t=", maxPasses)
	lanes := number(numbers[2], "p=", maxLanes)
	salt, saltErr := base64.RawStdEncoding.DecodeString(fields[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(fields[5])
	switch {
	case saltErr != nil || len(salt) < minSaltBytes || len(salt) > maxSaltBytes,
		keyErr != nil || len(key) < minKeyBytes || len(key) > maxKeyBytes,
		passes < 1 || lanes < 1,
		memory < 8*lanes: // argon2's own lower bound
		return hash{}, ErrHash
	}
	h := hash{cost: cost{memory: memory, passes: passes, lanes: uint8(lanes)}, salt: salt, key: key}
	if h.String() != phc { // another algorithm, another version, or not as we write it
		return hash{}, ErrHash
	}
	return h, nil
}

// number reads the digits after prefix. Whatever is not a number up to most is 0,
// which no parameter may be.
func number(s, prefix string, most uint64) uint32 {
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n > most {
		return 0
	}
	return uint32(n)
}
