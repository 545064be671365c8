package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/coreos/go-semver/semver"
	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/mfa"
	"github.com/gravitational/teleport/api/utils"
	"github.com/gravitational/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
)

const pluginUser, adminUser = "access-plugin", "api-admin"

// cast is everyone who plays.
type cast struct {
	options
	// host is the administrator of the auth service's own machine, admin a user with preset roles.
	host, admin, plugin *client.Client
	alice, bob          *client.Client
	aliceKeys           userKeys
}

func (c *cast) close() {
	for _, each := range []*client.Client{c.host, c.admin, c.plugin, c.alice, c.bob} {
		if each != nil {
			each.Close()
		}
	}
}

// connect dials as plugins do: it waits for the connection and says why there is none.
func (c *cast) connect(ctx context.Context, credentials client.Credentials) (*client.Client, error) {
	return client.New(ctx, client.Config{
		Addrs:       []string{c.address},
		Credentials: []client.Credentials{credentials},
		DialOpts:    []grpc.DialOption{grpc.WithReturnConnectionError()},
	})
}

func (c *cast) pingAs(ctx context.Context, credentials client.Credentials) error {
	by, err := c.connect(ctx, credentials)
	if err != nil {
		return err
	}
	defer by.Close()
	_, err = by.Ping(ctx)
	return err
}

func (c *cast) keyPair() client.Credentials {
	return client.LoadKeyPair(c.options.plugin+".crt", c.options.plugin+".key", c.options.plugin+".cas")
}

func (c *cast) roots() (*x509.CertPool, error) {
	pem, err := os.ReadFile(c.options.plugin + ".cas")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no CA certificate in %s.cas", c.options.plugin)
	}
	return pool, nil
}

func playConnection(p *play, c *cast) {
	p.step("LoadKeyPair: the three files of a plugin", func(ctx context.Context) (err error) {
		c.plugin, err = c.connect(ctx, c.keyPair())
		return err
	})
	p.step("LoadIdentityFile: a user who administers", func(ctx context.Context) (err error) {
		credentials := client.LoadIdentityFile(c.options.admin)
		if _, known := credentials.Expiry(); !known {
			return fmt.Errorf("%s does not say when it expires", c.options.admin)
		}
		c.admin, err = c.connect(ctx, credentials)
		return err
	})
	p.step("LoadIdentityFileFromString: the administrator of the host", func(ctx context.Context) error {
		content, err := os.ReadFile(c.options.host)
		if err != nil {
			return err
		}
		c.host, err = c.connect(ctx, client.LoadIdentityFileFromString(string(content)))
		return err
	})
	if p.failed {
		return
	}
	p.step("an identity file that may be renewed, and its SSH half", func(ctx context.Context) error {
		credentials, err := client.NewDynamicIdentityFileCreds(c.options.admin)
		if err != nil {
			return err
		}
		if err := credentials.Reload(); err != nil {
			return err
		}
		if ssh, err := credentials.SSHClientConfig(); err != nil || len(ssh.Auth) == 0 {
			return fmt.Errorf("no way to log in by SSH: %w", err)
		}
		return c.pingAs(ctx, credentials)
	})
	p.step("LoadTLS: naming the cluster to the server, as tctl does", func(ctx context.Context) error {
		config, err := client.LoadIdentityFile(c.options.admin).TLSConfig()
		if err != nil {
			return err
		}
		config.ServerName = utils.EncodeClusterName(c.cluster)
		return c.pingAs(ctx, client.LoadTLS(config))
	})
	p.step("who am I", func(ctx context.Context) error {
		for wanted, by := range map[string]*client.Client{pluginUser: c.plugin, adminUser: c.admin} {
			me, err := by.GetCurrentUser(ctx)
			if err != nil {
				return err
			}
			if err := equal("the user", me.GetName(), wanted); err != nil {
				return err
			}
			if roles, err := by.GetCurrentUserRoles(ctx); err != nil || len(roles) == 0 {
				return fmt.Errorf("%s has %d roles: %w", wanted, len(roles), err)
			}
		}
		return nil
	})
	p.step("Ping", func(ctx context.Context) error { return pings(ctx, c) })
	p.step("Ping, compressed, by the generated stub", func(ctx context.Context) error { return pingsCompressed(ctx, c) })
	p.step("LoadTLS: nobody in particular", func(ctx context.Context) error { return withoutCertificate(ctx, c) })
	p.step("the name and the CA of the cluster", func(ctx context.Context) error {
		name, err := c.plugin.GetDomainName(ctx)
		if err != nil {
			return err
		}
		if err := equal("the cluster", name, c.cluster); err != nil {
			return err
		}
		ca, err := c.plugin.GetClusterCACert(ctx)
		if err != nil {
			return err
		}
		if !x509.NewCertPool().AppendCertsFromPEM(ca.TLSCA) {
			return fmt.Errorf("no certificate in %q", ca.TLSCA)
		}
		return nil
	})
	p.step("no second factor is asked of anybody", func(ctx context.Context) error {
		_, err := mfa.PerformAdminActionMFACeremony(ctx, c.admin.PerformMFACeremony, true)
		if err := refused(mfaIsNotRequired, err); err != nil {
			return err
		}
		// A host's own administrator is no user, and the client takes the refusal for "not supported".
		_, err = mfa.PerformAdminActionMFACeremony(ctx, c.host.PerformMFACeremony, true)
		return refused(func(err error) bool { return mfaIsNotRequired(err) || isOneOf(err, &mfa.ErrMFANotSupported) }, err)
	})
	for _, kind := range []string{"authservers", "proxies"} {
		p.step("JSON over HTTP/1.1: "+kind, func(ctx context.Context) error { return listByHTTP(ctx, c, kind) })
	}
}

func mfaIsNotRequired(err error) bool { return isOneOf(err, &mfa.ErrMFANotRequired) }

func isOneOf(err, wanted error) bool {
	return trace.Unwrap(err) == trace.Unwrap(wanted) || err.Error() == wanted.Error()
}

// pings asks for the version as the Terraform provider and the plugins do.
func pings(ctx context.Context, c *cast) error {
	pong, err := c.plugin.Ping(ctx)
	if err != nil {
		return err
	}
	if err := equal("the cluster", pong.ClusterName, c.cluster); err != nil {
		return err
	}
	version, err := semver.NewVersion(pong.ServerVersion)
	if err != nil {
		return err
	}
	return equal("the version", version.String(), "18.0.0")
}

func pingsCompressed(ctx context.Context, c *cast) error {
	var header metadata.MD
	stub := proto.NewAuthServiceClient(c.plugin.GetConnection())
	pong, err := stub.Ping(ctx, &proto.PingRequest{}, grpc.UseCompressor(gzip.Name), grpc.Header(&header))
	if err != nil {
		return err
	}
	return equal("the header", fmt.Sprint(header.Get("version")), fmt.Sprint([]string{pong.ServerVersion}))
}

func withoutCertificate(ctx context.Context, c *cast) error {
	roots, err := c.roots()
	if err != nil {
		return err
	}
	nobody, err := c.connect(ctx, client.LoadTLS(&tls.Config{RootCAs: roots}))
	if err != nil {
		return err
	}
	defer nobody.Close()
	if _, err := nobody.Ping(ctx); err != nil {
		return err
	}
	_, err = nobody.GetRole(ctx, "editor")
	return refused(trace.IsAccessDenied, err)
}

// listByHTTP reads a JSON array as tctl does: on a second connection, with the credentials of the client.
func listByHTTP(ctx context.Context, c *cast, kind string) error {
	config, err := client.LoadIdentityFile(c.options.admin).TLSConfig()
	if err != nil {
		return err
	}
	config.NextProtos = []string{"http/1.1"}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+c.address+"/v2/"+kind, nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var servers []json.RawMessage
	if err := json.Unmarshal(body, &servers); err != nil {
		return fmt.Errorf("%s: %.200s: %w", answer.Status, body, err)
	}
	return equal("the status", answer.StatusCode, http.StatusOK)
}
