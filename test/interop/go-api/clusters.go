package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gravitational/teleport/api/client"
	trustpb "github.com/gravitational/teleport/api/gen/proto/go/teleport/trust/v1"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"golang.org/x/crypto/ssh"
)

const otherCluster = "go.example"

// clusterOID is the attribute of a subject that names the cluster of its holder.
var clusterOID = asn1.ObjectIdentifier{1, 3, 9999, 1, 7}

// otherCA signs the users of a cluster that exists in this program only.
type otherCA struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	resource    *types.CertAuthorityV2
}

func playClusters(p *play, c *cast) {
	other, err := newOtherCA()
	p.step("an authority of another cluster, made by Go", func(ctx context.Context) error {
		if err == nil {
			err = writeAuthority(ctx, c, other)
		}
		return err
	})
	if err != nil {
		return
	}
	p.step("a trusted cluster: create, read, map anew", func(ctx context.Context) error { return trustOther(ctx, c) })
	p.step("what cannot be trusted is refused in kind", func(ctx context.Context) error { return refuseTrust(ctx, c) })
	p.step("a user of the other cluster, with the mapped role and no more", func(ctx context.Context) error {
		return actAsOther(ctx, c, other)
	})
	p.step("a trusted cluster: off, on, gone with its authority", func(ctx context.Context) error {
		return endTrust(ctx, c, other)
	})
}

func newOtherCA() (*otherCA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: otherCluster, Organization: []string{otherCluster}},
		NotBefore:             time.Now().Add(-time.Minute),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	line, err := ssh.NewPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	resource, err := types.NewCertAuthority(types.CertAuthoritySpecV2{
		Type:        types.UserCA,
		ClusterName: otherCluster,
		ActiveKeys: types.CAKeySet{
			SSH: []*types.SSHKeyPair{{PublicKey: ssh.MarshalAuthorizedKey(line)}},
			TLS: []*types.TLSKeyPair{{Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}},
		},
	})
	if err != nil {
		return nil, err
	}
	return &otherCA{key, certificate, resource.(*types.CertAuthorityV2)}, nil
}

// user is somebody of the other cluster who holds a role there.
func (o *otherCA) user(name, role string, roots *x509.CertPool) (client.Credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject: pkix.Name{
			CommonName:   name,
			Organization: []string{role},
			ExtraNames:   []pkix.AttributeTypeAndValue{{Type: clusterOID, Value: otherCluster}},
		},
		NotBefore:   time.Now().Add(-time.Minute),
		NotAfter:    time.Now().Add(10 * time.Minute),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, o.certificate, &key.PublicKey, o.key)
	if err != nil {
		return nil, err
	}
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return client.LoadTLS(&tls.Config{Certificates: []tls.Certificate{own}, RootCAs: roots}), nil
}

func writeAuthority(ctx context.Context, c *cast, other *otherCA) error {
	trust := c.host.TrustClient()
	request := &trustpb.UpsertCertAuthorityRequest{CertAuthority: other.resource}
	if _, err := trust.UpsertCertAuthority(ctx, request); err != nil {
		return err
	}
	_, err := c.admin.TrustClient().UpsertCertAuthority(ctx, request)
	if err := refused(trace.IsAccessDenied, trace.Wrap(err)); err != nil {
		return err
	}
	id := types.CertAuthID{Type: types.UserCA, DomainName: otherCluster}
	shown, err := c.admin.GetCertAuthority(ctx, id, false)
	if err != nil {
		return err
	}
	return equal("the keys", len(shown.GetActiveKeys().TLS), 1)
}

func clusterMapping(remote string, local ...string) *types.TrustedClusterV2 {
	cluster, err := types.NewTrustedCluster(otherCluster, types.TrustedClusterSpecV2{
		Enabled: true,
		RoleMap: types.RoleMap{{Remote: remote, Local: local}},
	})
	if err != nil {
		panic(err)
	}
	return cluster.(*types.TrustedClusterV2)
}

func trustOther(ctx context.Context, c *cast) error {
	made, err := c.admin.CreateTrustedCluster(ctx, clusterMapping("nobody", "auditor"))
	if err != nil {
		return err
	}
	if made.GetRevision() == "" {
		return errors.New("it has no revision")
	}
	if _, err := c.admin.CreateTrustedCluster(ctx, clusterMapping("dev", "auditor")); refused(trace.IsAlreadyExists, err) != nil {
		return refused(trace.IsAlreadyExists, err)
	}
	if _, err := c.admin.UpsertTrustedClusterV2(ctx, clusterMapping("^d(.*)$", "auditor", "no-role-of-$1")); err != nil {
		return err
	}
	if _, err := c.admin.UpsertTrustedCluster(ctx, clusterMapping("dev", "auditor")); err != nil {
		return err
	}
	found, err := c.admin.GetTrustedClusters(ctx)
	if err != nil {
		return err
	}
	if err := contains(namesOf(found), otherCluster); err != nil {
		return err
	}
	stored, err := c.admin.GetTrustedCluster(ctx, otherCluster)
	if err != nil {
		return err
	}
	return equal("the map", fmt.Sprint(stored.GetRoleMap()), fmt.Sprint(clusterMapping("dev", "auditor").GetRoleMap()))
}

func refuseTrust(ctx context.Context, c *cast) error {
	create := func(cluster types.TrustedCluster) error {
		_, err := c.admin.CreateTrustedCluster(ctx, cluster)
		return err
	}
	own, unknown := clusterMapping("dev", "auditor"), clusterMapping("dev", "auditor")
	own.SetName(c.cluster)
	unknown.SetName("unknown.example")
	return inOrder(
		func() error { return refused(trace.IsBadParameter, create(own)) },
		func() error { return refused(trace.IsBadParameter, create(unknown)) },
		func() error { return refused(trace.IsNotFound, create(clusterMapping("dev", "no-such-role"))) },
		func() error { return refused(trace.IsBadParameter, create(clusterMapping("dev", "Admin"))) },
		func() error {
			_, err := c.plugin.CreateTrustedCluster(ctx, clusterMapping("dev", "auditor"))
			return refused(trace.IsAccessDenied, err)
		},
	)
}

func actAsOther(ctx context.Context, c *cast, other *otherCA) error {
	roots, err := c.roots()
	if err != nil {
		return err
	}
	for _, role := range []string{"ops", "editor"} {
		stranger, err := other.user("alice", role, roots)
		if err != nil {
			return err
		}
		if c.pingAs(ctx, stranger) == nil {
			return fmt.Errorf("the role %q of the other cluster got in", role)
		}
	}
	credentials, err := other.user("alice", "dev", roots)
	if err != nil {
		return err
	}
	alice, err := c.connect(ctx, credentials)
	if err != nil {
		return err
	}
	defer alice.Close()
	if _, err := alice.GetRole(ctx, "auditor"); err != nil {
		return err
	}
	_, err = alice.GetRole(ctx, "editor")
	return refused(trace.IsAccessDenied, err)
}

func endTrust(ctx context.Context, c *cast, other *otherCA) error {
	roots, err := c.roots()
	if err != nil {
		return err
	}
	credentials, err := other.user("alice", "dev", roots)
	if err != nil {
		return err
	}
	alice, err := c.connect(ctx, credentials)
	if err != nil {
		return err
	}
	defer alice.Close()
	stored, err := c.admin.GetTrustedCluster(ctx, otherCluster)
	if err != nil {
		return err
	}
	stored.SetEnabled(false)
	off, err := c.admin.UpdateTrustedCluster(ctx, stored)
	if err != nil {
		return err
	}
	if _, err := alice.GetRole(ctx, "auditor"); err == nil {
		return errors.New("a user of a cluster that is not trusted any more is answered")
	}
	off.SetEnabled(true)
	if _, err := c.admin.UpdateTrustedCluster(ctx, off); err != nil {
		return err
	}
	if err := c.pingAs(ctx, credentials); err != nil {
		return err
	}
	if err := c.admin.DeleteTrustedCluster(ctx, otherCluster); err != nil {
		return err
	}
	id := types.CertAuthID{Type: types.UserCA, DomainName: otherCluster}
	_, err = c.admin.GetCertAuthority(ctx, id, false)
	return refused(trace.IsNotFound, err)
}
