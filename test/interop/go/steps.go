package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
)

const (
	auth          = "/proto.AuthService/"
	users         = "/teleport.users.v1.UsersService/"
	clusterConfig = "/teleport.clusterconfig.v1.ClusterConfigService/"
)

type options struct {
	address, cluster, schema, identity, userIdentity, out, plugin string
}

// cast is everyone who plays: the administrator, the plugin, and where they meet.
type cast struct {
	options
	schema *schema
	roots  *x509.CertPool
	admin  *client
	plugin *client
}

func playAll(p *play, options options) error {
	schema, err := loadSchema(options.schema)
	if err != nil {
		return err
	}
	c := &cast{options: options, schema: schema}
	p.step("connect with an identity file, naming the cluster", func() error {
		found, err := loadIdentityFile(options.identity)
		if err != nil {
			return err
		}
		c.roots = found.roots
		c.admin, err = dial(schema, options.address, found.config(clusterServerName(options.cluster)))
		return err
	})
	p.step("connect with an identity file of a user", func() error { return loginByIdentityFile(c) })
	p.step("connect with three PEM files, not naming it", func() error {
		found, err := loadKeyPair(options.out)
		if err != nil {
			return err
		}
		c.plugin, err = dial(schema, options.address, found.config(apiServerName))
		return err
	})
	if p.failed {
		return errors.New("nobody is connected, so the rest is not played")
	}
	defer c.admin.conn.Close()
	defer c.plugin.conn.Close()
	playConnection(p, c)
	playAdmin(p, c)
	playReading(p, c)
	playStory(p, c)
	return nil
}

// loginByIdentityFile checks both halves of the file: SSH for the same key, and TLS by a call.
func loginByIdentityFile(c *cast) error {
	half, err := loadSSHIdentity(c.userIdentity)
	if err != nil {
		return err
	}
	if !bytes.Equal(half.certificate.Key.Marshal(), half.key.Marshal()) {
		return errors.New("the SSH certificate is for another key")
	}
	if err := equal("the SSH user", half.certificate.KeyId, c.options.plugin); err != nil {
		return err
	}
	found, err := loadIdentityFile(c.userIdentity)
	if err != nil {
		return err
	}
	user, err := dial(c.schema, c.address, found.config(clusterServerName(c.cluster)))
	if err != nil {
		return err
	}
	defer user.conn.Close()
	me, err := user.call(auth+"GetCurrentUser", object{})
	if err != nil {
		return err
	}
	name, _ := nameOf(me)
	return equal("the user", name, c.options.plugin)
}

func playConnection(p *play, c *cast) {
	p.step("ping", func() error {
		var header metadata.MD
		pong, err := c.plugin.call(auth+"Ping", object{}, grpc.Header(&header))
		if err != nil {
			return err
		}
		if version := strings.Join(header.Get("version"), ","); version != pong["ServerVersion"] {
			return fmt.Errorf("header says version %q, ping %q", version, pong["ServerVersion"])
		}
		return equal("the cluster", pong["ClusterName"], c.cluster)
	})
	p.step("ping, compressed", func() error {
		_, err := c.plugin.call(auth+"Ping", object{}, grpc.UseCompressor(gzip.Name))
		return err
	})
	p.step("ping without a certificate", func() error {
		nobody, err := dial(c.schema, c.address, &tls.Config{RootCAs: c.roots, ServerName: apiServerName})
		if err != nil {
			return err
		}
		defer nobody.conn.Close()
		if _, err = nobody.call(auth+"Ping", object{}); err != nil {
			return err
		}
		_, err = nobody.call(auth+"GetRole", object{"Name": "editor"})
		return refusedWith(codes.PermissionDenied, err)
	})
	p.step("a method that nobody knows", func() error {
		_, out, err := c.schema.of(auth+"Ping", nil)
		if err != nil {
			return err
		}
		ctx, cancel := timeout()
		defer cancel()
		return refusedWith(codes.Unimplemented, c.plugin.conn.Invoke(ctx, auth+"NoSuchMethod", out, out))
	})
	for _, kind := range []string{"authservers", "proxies"} {
		p.step("JSON over HTTP/1.1: "+kind, func() error { return listByHTTP(c, kind) })
	}
}

// listByHTTP reads a JSON array on a second connection, without ALPN for h2.
func listByHTTP(c *cast, kind string) error {
	found, err := loadIdentityFile(c.identity)
	if err != nil {
		return err
	}
	config := found.config(apiServerName)
	config.NextProtos = []string{"http/1.1"}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	browser := http.Client{Transport: transport, Timeout: callTimeout}
	answer, err := browser.Get("https://" + c.address + "/v2/" + kind)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var servers []object
	if err := json.Unmarshal(body, &servers); err != nil {
		return fmt.Errorf("%s: %.200s: %w", answer.Status, body, err)
	}
	return equal("the status", answer.StatusCode, http.StatusOK)
}

func expiresIn(lifetime time.Duration) string {
	return time.Now().Add(lifetime).UTC().Format(time.RFC3339)
}
