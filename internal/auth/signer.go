package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

const (
	// keyBits is the size of new signing keys: the least that is advised today,
	// since a token lives for minutes and each signature must be quick.
	keyBits = 2048
	// maxKeyBits and maxKeyText bound a stored key, so that a damaged one can't
	// ask for a long computation.
	maxKeyBits = 4096
	maxKeyText = 8 << 10
	// keyBlock is the PEM type of PKCS #8.
	keyBlock = "PRIVATE KEY"
)

// ErrSigningKey says that a stored signing key does not read as one that
// NewSigningKey could have made.
var ErrSigningKey = errors.New("the stored signing key is damaged: restore it from a backup")

// NewSigningKey makes an RSA key of 2048 bits for a site's tokens and answers it
// as PKCS #8 in PEM, as it is stored. The key's id is worked out from the key.
// It takes tenths of a second.
func NewSigningKey() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), nil
}

// Signer issues and verifies the tokens of one site. Its methods may be called
// from many goroutines.
type Signer struct {
	key *rsa.PrivateKey
	kid string
}

// ParseSigner reads what NewSigningKey answered. The error is ErrSigningKey,
// without a word of what was read.
func ParseSigner(b []byte) (*Signer, error) {
	if len(b) > maxKeyText {
		return nil, ErrSigningKey
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != keyBlock {
		return nil, ErrSigningKey
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, ErrSigningKey
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < keyBits || key.N.BitLen() > maxKeyBits {
		return nil, ErrSigningKey
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, ErrSigningKey
	}
	sum := sha256.Sum256(public)
	return &Signer{key: key, kid: base64.RawURLEncoding.EncodeToString(sum[:16])}, nil
}
