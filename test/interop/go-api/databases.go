package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"time"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

func playDatabases(p *play, c *cast) {
	p.step("a certificate for a database server, as tctl asks for it", func(ctx context.Context) error {
		return databaseCertificate(ctx, c, proto.DatabaseCertRequest_TCTL, types.DatabaseCA, x509.ExtKeyUsageServerAuth)
	})
	p.step("a certificate for a database client", func(ctx context.Context) error {
		return databaseCertificate(ctx, c, proto.DatabaseCertRequest_UNSPECIFIED, types.DatabaseClientCA, x509.ExtKeyUsageClientAuth)
	})
	p.step("certificates of databases are not for everybody", func(ctx context.Context) error {
		request, err := databaseRequest(proto.DatabaseCertRequest_TCTL)
		if err != nil {
			return err
		}
		_, err = c.plugin.GenerateDatabaseCert(ctx, request)
		return refused(trace.IsAccessDenied, err)
	})
}

const databaseName = "db.example.com"

func databaseRequest(requester proto.DatabaseCertRequest_Requester) (*proto.DatabaseCertRequest, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: databaseName}}
	csr, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, err
	}
	return &proto.DatabaseCertRequest{
		CSR:           pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}),
		ServerNames:   []string{databaseName},
		TTL:           proto.Duration(time.Hour),
		RequesterName: requester,
	}, nil
}

func databaseCertificate(
	ctx context.Context, c *cast, requester proto.DatabaseCertRequest_Requester, by types.CertAuthType, usage x509.ExtKeyUsage,
) error {
	request, err := databaseRequest(requester)
	if err != nil {
		return err
	}
	answer, err := c.host.GenerateDatabaseCert(ctx, request)
	if err != nil {
		return err
	}
	if len(answer.CACerts) == 0 {
		return errors.New("it comes without authorities")
	}
	authority, err := c.host.GetCertAuthority(ctx, types.CertAuthID{Type: by, DomainName: c.cluster}, false)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	for _, pair := range authority.GetTrustedTLSKeyPairs() {
		roots.AppendCertsFromPEM(pair.Cert)
	}
	block, _ := pem.Decode(answer.Cert)
	if block == nil {
		return errors.New("it is no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	options := x509.VerifyOptions{Roots: roots, DNSName: databaseName, KeyUsages: []x509.ExtKeyUsage{usage}}
	if _, err := certificate.Verify(options); err != nil {
		return err
	}
	return equal("the purposes", len(certificate.ExtKeyUsage), 1)
}
