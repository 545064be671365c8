package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/identityfile"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"golang.org/x/crypto/ssh"
)

// shortTTL is time enough to connect and to watch, even on a machine that has much to do.
const shortTTL = 4 * time.Second

// playRenewal is a plugin whose identity file is renewed under it: it must outlive the certificate that it began with.
func playRenewal(p *play, c *cast) {
	kinds := types.Watch{Kinds: []types.WatchKind{{Kind: types.KindAccessRequest}}}
	var by *client.Client
	var watcher types.Watcher
	p.step("a plugin with an identity file that is renewed", func(ctx context.Context) error {
		directory, err := os.MkdirTemp("", "sallyport-renewal-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(directory)
		file := filepath.Join(directory, "identity")
		if err := c.writeIdentity(ctx, file, shortTTL); err != nil {
			return err
		}
		credentials, err := client.NewDynamicIdentityFileCreds(file)
		if err != nil {
			return err
		}
		return inOrder(
			func() (err error) { by, err = c.connect(ctx, credentials); return err },
			func() (err error) { watcher, _, err = watch(by, kinds); return err },
			func() error { return c.writeIdentity(ctx, file, certificateTTL) },
			credentials.Reload,
		)
	})
	if by == nil {
		return
	}
	defer by.Close()
	if watcher == nil {
		return
	}
	p.step("the first certificate ends as a connection problem", func(ctx context.Context) error {
		return refused(trace.IsConnectionProblem, endOf(ctx, watcher))
	})
	p.step("with the next it calls and watches on", func(ctx context.Context) error {
		if _, err := by.GetAccessRequests(ctx, types.AccessRequestFilter{}); err != nil {
			return err
		}
		again, _, err := watch(by, kinds)
		if err != nil {
			return err
		}
		return again.Close()
	})
}

// writeIdentity makes an identity file for the plugin, with a new key.
func (c *cast) writeIdentity(ctx context.Context, path string, ttl time.Duration) error {
	keys, err := newUserKeys()
	if err != nil {
		return err
	}
	// An identity file has one key for both certificates.
	public, err := ssh.NewPublicKey(keys.tls.Public())
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(keys.tls)
	if err != nil {
		return err
	}
	certs, err := c.host.GenerateUserCerts(ctx, proto.UserCertsRequest{
		SSHPublicKey: ssh.MarshalAuthorizedKey(public), TLSPublicKey: keys.tlsPublic,
		Username: pluginUser, Expires: time.Now().Add(ttl).UTC(),
	})
	if err != nil {
		return err
	}
	host, err := identityfile.ReadFile(c.options.host)
	if err != nil {
		return err
	}
	return identityfile.Write(&identityfile.IdentityFile{
		PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		Certs:      identityfile.Certs{TLS: certs.TLS, SSH: certs.SSH},
		CACerts:    host.CACerts,
	}, path)
}
