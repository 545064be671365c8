package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	headerpb "github.com/gravitational/teleport/api/gen/proto/go/teleport/header/v1"
	machineidpb "github.com/gravitational/teleport/api/gen/proto/go/teleport/machineid/v1"
	workloadpb "github.com/gravitational/teleport/api/gen/proto/go/teleport/workloadidentity/v1"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"google.golang.org/protobuf/types/known/durationpb"
)

const workload, workloadPath = "go-workload", "/shop/web"

func playWorkloads(p *play, c *cast) {
	p.step("a workload identity is created, watched, changed and listed", func(ctx context.Context) error {
		return keepWorkload(ctx, c)
	})
	p.step("an X.509 SVID, checked as SPIFFE has it", func(ctx context.Context) error { return x509SVID(ctx, c) })
	p.step("a JWT SVID, checked by the key of the authority", func(ctx context.Context) error { return jwtSVID(ctx, c) })
	p.step("an SVID for a workload that no rule knows", func(ctx context.Context) error {
		_, err := issueSVID(ctx, c, "other", jwtParams)
		return refused(trace.IsAccessDenied, err)
	})
	p.step("what a machine trusts that hands out SVIDs is watched, then read", func(ctx context.Context) error {
		return trustOfWorkloads(ctx, c)
	})
	p.step("SVIDs by labels", func(ctx context.Context) error { return svidsByLabels(ctx, c) })
	p.step("workload identities are not for everybody", func(ctx context.Context) error {
		_, err := c.plugin.GetWorkloadIdentity(ctx, workload)
		return refused(trace.IsAccessDenied, err)
	})
	p.step("a workload identity is deleted", func(ctx context.Context) error {
		if err := c.admin.DeleteWorkloadIdentity(ctx, workload); err != nil {
			return err
		}
		_, err := c.admin.GetWorkloadIdentity(ctx, workload)
		return refused(trace.IsNotFound, err)
	})
}

func workloadOf(path string) *workloadpb.WorkloadIdentity {
	condition := &workloadpb.WorkloadIdentityCondition{
		Attribute: "workload.kubernetes.namespace",
		Operator:  &workloadpb.WorkloadIdentityCondition_Eq{Eq: &workloadpb.WorkloadIdentityConditionEq{Value: "shop"}},
	}
	return &workloadpb.WorkloadIdentity{
		Kind:     types.KindWorkloadIdentity,
		Version:  types.V1,
		Metadata: &headerpb.Metadata{Name: workload, Labels: map[string]string{"env": "go"}},
		Spec: &workloadpb.WorkloadIdentitySpec{
			Rules: &workloadpb.WorkloadIdentityRules{Allow: []*workloadpb.WorkloadIdentityRule{
				{Conditions: []*workloadpb.WorkloadIdentityCondition{condition}},
			}},
			Spiffe: &workloadpb.WorkloadIdentitySPIFFE{
				Id:   path,
				X509: &workloadpb.WorkloadIdentitySPIFFEX509{DnsSans: []string{"web.example.com"}},
			},
		},
	}
}

func keepWorkload(ctx context.Context, c *cast) error {
	watcher, confirmed, err := watch(c.admin, types.Watch{Kinds: []types.WatchKind{{Kind: types.KindWorkloadIdentity}}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	created, err := c.admin.CreateWorkloadIdentity(ctx, workloadOf("/first"))
	if err != nil {
		return err
	}
	event, err := nextEvent(ctx, watcher)
	if err != nil {
		return err
	}
	_, again := c.admin.CreateWorkloadIdentity(ctx, workloadOf("/first"))
	changed, err := c.admin.UpsertWorkloadIdentity(ctx, workloadOf("/shop/{{ workload.kubernetes.service_account }}"))
	if err != nil {
		return err
	}
	services := c.admin.WorkloadIdentityResourceServiceClient()
	listed, err := services.ListWorkloadIdentities(ctx, &workloadpb.ListWorkloadIdentitiesRequest{})
	if err != nil {
		return err
	}
	created.Spec.Spiffe.Id = "/late"
	_, late := services.UpdateWorkloadIdentity(ctx, &workloadpb.UpdateWorkloadIdentityRequest{WorkloadIdentity: created})
	return inOrder(
		func() error { return equal("what is confirmed", confirmed, types.KindWorkloadIdentity) },
		func() error { return equal("the event", event.Type, types.OpPut) },
		func() error { return equal("the resource", event.Resource.GetName(), workload) },
		func() error { return refused(trace.IsAlreadyExists, again) },
		func() error { return equal("the list", len(listed.WorkloadIdentities), 1) },
		func() error { return refused(trace.IsCompareFailed, late) },
		func() error {
			if changed.Metadata.Revision == created.Metadata.Revision {
				return errors.New("the revision stays the same")
			}
			return nil
		},
	)
}

type svidParams func(request *workloadpb.IssueWorkloadIdentityRequest)

func jwtParams(request *workloadpb.IssueWorkloadIdentityRequest) {
	params := &workloadpb.JWTSVIDParams{Audiences: []string{"https://pay.example"}}
	request.Credential = &workloadpb.IssueWorkloadIdentityRequest_JwtSvidParams{JwtSvidParams: params}
}

func issueSVID(ctx context.Context, c *cast, namespace string, set svidParams) (*workloadpb.Credential, error) {
	request := &workloadpb.IssueWorkloadIdentityRequest{
		Name:          workload,
		WorkloadAttrs: attributesIn(namespace),
		RequestedTtl:  durationpb.New(10 * time.Minute),
	}
	set(request)
	answer, err := c.host.WorkloadIdentityIssuanceClient().IssueWorkloadIdentity(ctx, request)
	if err != nil {
		return nil, err
	}
	return answer.GetCredential(), nil
}

func attributesIn(namespace string) *workloadpb.WorkloadAttrs {
	attributes := &workloadpb.WorkloadAttrsKubernetes{Attested: true, Namespace: namespace, ServiceAccount: "web"}
	return &workloadpb.WorkloadAttrs{Kubernetes: attributes}
}

func x509SVID(ctx context.Context, c *cast) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	credential, err := issueSVID(ctx, c, "shop", func(request *workloadpb.IssueWorkloadIdentityRequest) {
		params := &workloadpb.X509SVIDParams{PublicKey: public}
		request.Credential = &workloadpb.IssueWorkloadIdentityRequest_X509SvidParams{X509SvidParams: params}
	})
	if err != nil {
		return err
	}
	certificate, err := x509.ParseCertificate(credential.GetX509Svid().GetCert())
	if err != nil {
		return err
	}
	roots, err := spiffeRoots(ctx, c)
	if err != nil {
		return err
	}
	return inOrder(
		func() error { return equal("the id", credential.SpiffeId, "spiffe://"+c.cluster+workloadPath) },
		func() error { return checkSVID(certificate, roots, c.cluster) },
		func() error {
			return equal("the serial number", serialOf(certificate), credential.GetX509Svid().SerialNumber)
		},
		func() error { return refusedAsClient(c, certificate, key) },
	)
}

// checkSVID does what a SPIFFE library does: a chain to the bundle of the trust domain, exactly one URI, which names
// the domain and a path, and a leaf that can sign neither certificates nor lists.
func checkSVID(certificate *x509.Certificate, roots *x509.CertPool, domain string) error {
	options := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := certificate.Verify(options); err != nil {
		return err
	}
	if len(certificate.URIs) != 1 {
		return fmt.Errorf("it has %d URIs", len(certificate.URIs))
	}
	if certificate.IsCA || certificate.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0 {
		return errors.New("it could sign others")
	}
	usage := x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	id := certificate.URIs[0]
	return inOrder(
		func() error { return equal("the scheme", id.Scheme, "spiffe") },
		func() error { return equal("the trust domain", id.Host, domain) },
		func() error { return equal("the path", id.Path, workloadPath) },
		func() error { return equal("the usage", certificate.KeyUsage, usage) },
		func() error {
			return equal("the DNS names", strings.Join(certificate.DNSNames, " "), "web.example.com")
		},
		func() error { return equal("the subject", certificate.Subject.String(), "") },
	)
}

func serialOf(certificate *x509.Certificate) string {
	var octets []string
	for _, octet := range certificate.SerialNumber.Bytes() {
		octets = append(octets, fmt.Sprintf("%02x", octet))
	}
	return strings.Join(octets, ":")
}

// refusedAsClient shows the certificate to the API itself, which trusts other authorities.
func refusedAsClient(c *cast, certificate *x509.Certificate, key *ecdsa.PrivateKey) error {
	config := &tls.Config{
		Certificates:       []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}},
		InsecureSkipVerify: true,
		NextProtos:         []string{"h2"},
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &config.Certificates[0], nil
	}
	connection, err := tls.Dial("tcp", c.address, config)
	if err != nil {
		return nil
	}
	defer connection.Close()
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	// With TLS 1.3 the refusal comes after the handshake of the client is over; no settings frame may come instead.
	_, _ = connection.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
	if count, err := connection.Read(make([]byte, 9)); err == nil {
		return fmt.Errorf("the service answered with %d octets", count)
	}
	return nil
}

func spiffeAuthority(ctx context.Context, c *cast) (types.CertAuthority, error) {
	return c.host.GetCertAuthority(ctx, types.CertAuthID{Type: types.SPIFFECA, DomainName: c.cluster}, false)
}

func spiffeRoots(ctx context.Context, c *cast) (*x509.CertPool, error) {
	authority, err := spiffeAuthority(ctx, c)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	for _, pair := range authority.GetTrustedTLSKeyPairs() {
		roots.AppendCertsFromPEM(pair.Cert)
	}
	return roots, nil
}

func jwtSVID(ctx context.Context, c *cast) error {
	credential, err := issueSVID(ctx, c, "shop", jwtParams)
	if err != nil {
		return err
	}
	authority, err := spiffeAuthority(ctx, c)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(authority.GetTrustedJWTKeyPairs()[0].PublicKey)
	if block == nil {
		return errors.New("the key of the authority is no PEM")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	claims, err := verifyRS256(credential.GetJwtSvid().GetJwt(), public)
	if err != nil {
		return err
	}
	return inOrder(
		func() error { return equal("sub", claims.Subject, "spiffe://"+c.cluster+workloadPath) },
		func() error { return equal("aud", strings.Join(claims.Audience, " "), "https://pay.example") },
		func() error { return equal("jti", claims.ID, credential.GetJwtSvid().GetJti()) },
		func() error { return equal("the lifetime", claims.Expires-claims.IssuedAt, 600) },
	)
}

type svidClaims struct {
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	ID       string   `json:"jti"`
	Expires  int64    `json:"exp"`
	IssuedAt int64    `json:"iat"`
}

func verifyRS256(token string, public any) (*svidClaims, error) {
	key, ok := public.(*rsa.PublicKey)
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return nil, fmt.Errorf("a %T and %d parts", public, len(parts))
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
		return nil, err
	}
	if err := namesKey(parts[0], key); err != nil {
		return nil, err
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, err
	}
	claims := &svidClaims{}
	return claims, json.Unmarshal(body, claims)
}

// namesKey wants the name by which tbot looks the key up in its trust bundle.
func namesKey(encoded string, key *rsa.PublicKey) error {
	header := struct {
		KeyID string `json:"kid"`
	}{}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return err
	}
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(key))
	return equal("kid", header.KeyID, base64.RawURLEncoding.EncodeToString(sum[:]))
}

func svidsByLabels(ctx context.Context, c *cast) error {
	request := &workloadpb.IssueWorkloadIdentitiesRequest{
		LabelSelectors: []*workloadpb.LabelSelector{{Key: "env", Values: []string{"go"}}},
		Credential: &workloadpb.IssueWorkloadIdentitiesRequest_JwtSvidParams{
			JwtSvidParams: &workloadpb.JWTSVIDParams{Audiences: []string{"a"}},
		},
		WorkloadAttrs: attributesIn("shop"),
	}
	services := c.host.WorkloadIdentityIssuanceClient()
	some, err := services.IssueWorkloadIdentities(ctx, request)
	if err != nil {
		return err
	}
	request.WorkloadAttrs = attributesIn("other")
	none, err := services.IssueWorkloadIdentities(ctx, request)
	if err != nil {
		return err
	}
	return inOrder(
		func() error { return equal("those that a rule knows", len(some.Credentials), 1) },
		func() error { return equal("those that no rule knows", len(none.Credentials), 0) },
	)
}

// trustOfWorkloads does what tbot does before its first credential: a watch that takes both kinds or none, then the list.
func trustOfWorkloads(ctx context.Context, c *cast) error {
	own := types.CertAuthorityFilter{types.SPIFFECA: c.cluster}.IntoMap()
	watcher, confirmed, err := watch(c.plugin, types.Watch{Kinds: []types.WatchKind{
		{Kind: types.KindCertAuthority, Filter: own},
		{Kind: types.KindSPIFFEFederation},
	}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	federations := c.plugin.SPIFFEFederationServiceClient()
	listed, err := federations.ListSPIFFEFederations(ctx, &machineidpb.ListSPIFFEFederationsRequest{})
	if err != nil {
		return err
	}
	_, missing := federations.GetSPIFFEFederation(ctx, &machineidpb.GetSPIFFEFederationRequest{Name: "other.example"})
	return inOrder(
		func() error { return equal("the kinds", confirmed, "cert_authority spiffe_federation") },
		func() error { return equal("federations", len(listed.SpiffeFederations), 0) },
		func() error { return refused(trace.IsNotFound, trace.Wrap(missing)) },
	)
}
