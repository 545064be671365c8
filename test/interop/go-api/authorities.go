package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"golang.org/x/crypto/ssh"
)

func playAuthorities(p *play, c *cast) {
	p.step("authorities of every type that the client knows", func(ctx context.Context) error {
		for _, kind := range types.CertAuthTypes {
			found, err := c.admin.GetCertAuthorities(ctx, kind, false)
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			// "tctl auth export --type=openssh" asks for nothing but this list.
			if kind == types.OpenSSHCA && len(found) != 1 {
				return fmt.Errorf("%d authorities for hosts with a stock sshd", len(found))
			}
		}
		return nil
	})
	for _, kind := range []types.CertAuthType{types.HostCA, types.UserCA} {
		p.step("the authority of "+string(kind)+"s, without and with keys", func(ctx context.Context) error {
			return readAuthority(ctx, c, kind)
		})
	}
	p.step("an authority that is not there, and a type that is none", func(ctx context.Context) error {
		_, err := c.admin.GetCertAuthority(ctx, types.CertAuthID{Type: types.HostCA, DomainName: "two.example"}, false)
		if err := refused(trace.IsNotFound, err); err != nil {
			return err
		}
		_, err = c.admin.GetCertAuthorities(ctx, "nonsense", false)
		return refused(trace.IsBadParameter, err)
	})
}

func readAuthority(ctx context.Context, c *cast, kind types.CertAuthType) error {
	id := types.CertAuthID{Type: kind, DomainName: c.cluster}
	shown, err := c.plugin.GetCertAuthority(ctx, id, false)
	if err != nil {
		return err
	}
	if shown.GetClusterName() != c.cluster || shown.GetType() != kind {
		return fmt.Errorf("it is %v", shown.GetID())
	}
	keys := shown.GetActiveKeys()
	if len(keys.TLS) == 0 || len(keys.SSH) == 0 {
		return fmt.Errorf("%d keys for TLS, %d for SSH", len(keys.TLS), len(keys.SSH))
	}
	if hasPrivateKey(shown) {
		return errors.New("private keys that nobody asked for")
	}
	block, _ := pem.Decode(keys.TLS[0].Cert)
	if block == nil {
		return errors.New("the TLS certificate is no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	if !certificate.IsCA {
		return errors.New("the TLS certificate is not one of an authority")
	}
	if _, _, _, _, err := ssh.ParseAuthorizedKey(keys.SSH[0].PublicKey); err != nil {
		return err
	}
	for _, nobody := range []struct{ load func() error }{
		{func() error { _, err := c.plugin.GetCertAuthority(ctx, id, true); return err }},
		{func() error { _, err := c.admin.GetCertAuthorities(ctx, kind, true); return err }},
	} {
		if err := refused(trace.IsAccessDenied, nobody.load()); err != nil {
			return fmt.Errorf("keys: %w", err)
		}
	}
	secret, err := c.host.GetCertAuthority(ctx, id, true)
	if err != nil {
		return err
	}
	if !hasPrivateKey(secret) {
		return errors.New("the host's administrator asked for keys and got none")
	}
	return nil
}

func hasPrivateKey(authority types.CertAuthority) bool {
	keys := authority.GetActiveKeys()
	return len(keys.TLS[0].Key) > 0 || len(keys.SSH[0].PrivateKey) > 0
}
