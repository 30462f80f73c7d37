package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrVault: what a keyring wants is not to be had from its vault now.
var ErrVault = errors.New("the keys cannot be read at the moment")

// Vault keeps secrets outside the journal: it answers what is kept under (site,
// name), or keeps and answers what make answers. Site "" is for all sites.
type Vault interface {
	Secret(ctx context.Context, site, name string, make func() ([]byte, error)) ([]byte, error)
}

// The names under which the secrets of a site, or of all, are kept.
const (
	signingKeySecret  = "signing-key"
	sessionKeySecret  = "session-key"
	widgetKeySecret   = "widget-key"
	identityKeySecret = "identity-key/" // + number
	adminTokenSecret  = "admin-token"
	poolKeySecret     = "pool-key"
	passwordSecret    = "password/"        // + login: the demo's
	permanentSecret   = "permanent-agent/" // + login: a session id
)

// Keyring makes each secret at its first use and answers the same one ever after,
// at every start and on every node that shares the database.
type Keyring struct {
	vault Vault

	mu     sync.Mutex
	keys   map[string]*SiteKeys
	shared map[string]string // of all sites, once they were read: they never change
}

// SiteKeys are what a site signs and names its sessions with.
type SiteKeys struct {
	// Signer signs and verifies the site's tokens.
	Signer *Signer
	// SessionKey makes a visitor's session id out of its token's id.
	SessionKey []byte
	// WidgetKey is public: pages send it to start a visitor's session.
	WidgetKey string
}

// NewKeyring answers the keyring of a vault.
func NewKeyring(v Vault) *Keyring {
	return &Keyring{vault: v, keys: map[string]*SiteKeys{}, shared: map[string]string{}}
}

// Site answers a site's keys.
func (k *Keyring) Site(ctx context.Context, site string) (*SiteKeys, error) {
	k.mu.Lock()
	keys := k.keys[site]
	k.mu.Unlock()
	if keys != nil {
		return keys, nil
	}
	pem, err := k.vault.Secret(ctx, site, signingKeySecret, NewSigningKey)
	if err != nil {
		return nil, fmt.Errorf("keys of site %s: %w: %w", site, ErrVault, err)
	}
	signer, err := ParseSigner(pem)
	if err != nil {
		return nil, fmt.Errorf("keys of site %s: %w", site, err)
	}
	session, err := k.text(ctx, site, sessionKeySecret, NewSecret)
	if err != nil {
		return nil, err
	}
	widget, err := k.text(ctx, site, widgetKeySecret, NewSecret)
	if err != nil {
		return nil, err
	}
	keys = &SiteKeys{Signer: signer, SessionKey: []byte(session), WidgetKey: widget}
	k.mu.Lock()
	k.keys[site] = keys
	k.mu.Unlock()
	return keys, nil
}

// AdminToken answers the token of the administration API.
func (k *Keyring) AdminToken(ctx context.Context) (string, error) {
	return k.common(ctx, adminTokenSecret)
}

// PoolKey answers the key by which the nodes of a pool know each other.
func (k *Keyring) PoolKey(ctx context.Context) ([]byte, error) {
	text, err := k.common(ctx, poolKeySecret)
	return []byte(text), err
}

// SignPass makes a pass for a request that is sent now.
func (k *Keyring) SignPass(ctx context.Context, p Pass) (string, error) {
	key, err := k.PoolKey(ctx)
	if err != nil {
		return "", err
	}
	return p.Sign(key, time.Now())
}

// common answers a secret of all sites. It is asked for at every turn, also while the
// store is away.
func (k *Keyring) common(ctx context.Context, name string) (string, error) {
	k.mu.Lock()
	text := k.shared[name]
	k.mu.Unlock()
	if text != "" {
		return text, nil
	}
	text, err := k.text(ctx, "", name, NewSecret)
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shared[name] = text
	return text, nil
}

// DemoPassword answers the password of a demo account, which is kept readable so
// that every start can print it.
func (k *Keyring) DemoPassword(ctx context.Context, site, login string) (string, error) {
	return k.text(ctx, site, passwordSecret+login, NewSecret)
}

// PermanentSession answers the session id of an account whose session never ends.
func (k *Keyring) PermanentSession(ctx context.Context, site, login string) (string, error) {
	return k.text(ctx, site, permanentSecret+login, NewAgentSessionID)
}

func (k *Keyring) text(ctx context.Context, site, name string, fresh func() string) (string, error) {
	b, err := k.vault.Secret(ctx, site, name, func() ([]byte, error) { return []byte(fresh()), nil })
	if err != nil {
		return "", fmt.Errorf("secret %s of site %q: %w: %w", name, site, ErrVault, err)
	}
	return string(b), nil
}
