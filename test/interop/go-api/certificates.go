package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"golang.org/x/crypto/ssh"
)

const certificateTTL = 30 * time.Minute

// userKeys are of the kinds that v18 clients make: P-256 for TLS and Ed25519 for SSH.
type userKeys struct {
	tls        *ecdsa.PrivateKey
	tlsPublic  []byte
	sshPublic  []byte
	authorized ssh.PublicKey
}

func newUserKeys() (userKeys, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return userKeys{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return userKeys{}, err
	}
	sshKey, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return userKeys{}, err
	}
	authorized, err := ssh.NewPublicKey(sshKey)
	if err != nil {
		return userKeys{}, err
	}
	return userKeys{
		tls:        private,
		tlsPublic:  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
		sshPublic:  ssh.MarshalAuthorizedKey(authorized),
		authorized: authorized,
	}, nil
}

func (k userKeys) request(user string, requests ...string) proto.UserCertsRequest {
	return proto.UserCertsRequest{
		SSHPublicKey: k.sshPublic, TLSPublicKey: k.tlsPublic,
		Username: user, Expires: time.Now().Add(certificateTTL).UTC(), AccessRequests: requests,
	}
}

func playCertificates(p *play, c *cast) {
	p.step("certificates of users, and LoadTLS with them", func(ctx context.Context) error {
		for name, target := range map[string]**client.Client{"api-alice": &c.alice, "api-bob": &c.bob} {
			keys, err := newUserKeys()
			if err != nil {
				return err
			}
			if name == "api-alice" {
				c.aliceKeys = keys
			}
			if *target, err = c.logIn(ctx, name, keys); err != nil {
				return err
			}
		}
		return nil
	})
	p.step("what is not certified", func(ctx context.Context) error {
		_, err := c.host.GenerateUserCerts(ctx, c.aliceKeys.request("api-nobody"))
		if err := refused(trace.IsAccessDenied, err); err != nil {
			return err
		}
		_, err = c.plugin.GenerateUserCerts(ctx, c.aliceKeys.request("api-bob"))
		return refused(trace.IsAccessDenied, err)
	})
}

// logIn gets certificates for a user from the host's administrator, and connects with them.
func (c *cast) logIn(ctx context.Context, name string, keys userKeys) (*client.Client, error) {
	certs, err := c.host.GenerateUserCerts(ctx, keys.request(name))
	if err != nil {
		return nil, err
	}
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(certs.TLS)
	if block == nil {
		return nil, errors.New("the TLS certificate is no PEM")
	}
	user, err := c.connect(ctx, client.LoadTLS(&tls.Config{
		RootCAs:      roots,
		Certificates: []tls.Certificate{{Certificate: [][]byte{block.Bytes}, PrivateKey: keys.tls}},
	}))
	if err != nil {
		return nil, err
	}
	if me, err := user.GetCurrentUser(ctx); err != nil || me.GetName() != name {
		return nil, fmt.Errorf("I am %v: %w", me, err)
	}
	return user, nil
}

// checkIssued reads both certificates with Go's libraries and verifies them against the authorities of users.
func checkIssued(ctx context.Context, c *cast, certs *proto.Certs, user string, roles []string, until time.Time) error {
	authority, err := c.plugin.GetCertAuthority(ctx, types.CertAuthID{Type: types.UserCA, DomainName: c.cluster}, false)
	if err != nil {
		return err
	}
	if err := checkTLS(certs, authority, user, roles, until); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	if err := c.checkSSH(certs, authority, user, roles, until); err != nil {
		return fmt.Errorf("SSH: %w", err)
	}
	return nil
}

func checkTLS(certs *proto.Certs, authority types.CertAuthority, user string, roles []string, until time.Time) error {
	block, _ := pem.Decode(certs.TLS)
	if block == nil {
		return errors.New("no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	for _, pair := range authority.GetTrustedTLSKeyPairs() {
		roots.AppendCertsFromPEM(pair.Cert)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usages}); err != nil {
		return err
	}
	slices.Sort(certificate.Subject.Organization)
	return inOrder(
		func() error { return equal("the user", certificate.Subject.CommonName, user) },
		func() error {
			return equal("the roles", fmt.Sprint(certificate.Subject.Organization), fmt.Sprint(roles))
		},
		func() error { return endsOnTime(certificate.NotAfter, until) },
	)
}

func (c *cast) checkSSH(certs *proto.Certs, authority types.CertAuthority, user string, roles []string, until time.Time) error {
	parsed, _, _, _, err := ssh.ParseAuthorizedKey(certs.SSH)
	if err != nil {
		return err
	}
	certificate, ok := parsed.(*ssh.Certificate)
	if !ok {
		return fmt.Errorf("it is a %s", parsed.Type())
	}
	checker := ssh.CertChecker{IsUserAuthority: func(key ssh.PublicKey) bool {
		return slices.ContainsFunc(authority.GetTrustedSSHKeyPairs(), func(pair *types.SSHKeyPair) bool {
			trusted, _, _, _, err := ssh.ParseAuthorizedKey(pair.PublicKey)
			return err == nil && string(trusted.Marshal()) == string(key.Marshal())
		})
	}}
	if !checker.IsUserAuthority(certificate.SignatureKey) {
		return errors.New("signed by another authority")
	}
	if err := checker.CheckCert("postgres", certificate); err != nil {
		return err
	}
	for _, role := range roles {
		if !strings.Contains(certificate.Extensions["teleport-roles"], `"`+role+`"`) {
			return fmt.Errorf("teleport-roles is %s", certificate.Extensions["teleport-roles"])
		}
	}
	return inOrder(
		func() error { return equal("the user", certificate.KeyId, user) },
		func() error {
			return equal("the key", string(certificate.Key.Marshal()), string(c.aliceKeys.authorized.Marshal()))
		},
		func() error { return endsOnTime(time.Unix(int64(certificate.ValidBefore), 0), until) },
	)
}

func endsOnTime(end, until time.Time) error {
	if end.After(until) || end.Before(until.Add(-2*time.Minute)) {
		return fmt.Errorf("it ends at %v, not by %v", end, until)
	}
	return nil
}
