package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// issued is what GenerateUserCerts gave.
type issued struct {
	tls *x509.Certificate
	ssh *ssh.Certificate
}

func issue(c *client, request object, keys userKeys) (issued, error) {
	request["SSHPublicKey"] = base64.StdEncoding.EncodeToString(keys.sshPublic)
	request["TLSPublicKey"] = base64.StdEncoding.EncodeToString(keys.tlsPublic)
	answer, err := c.call(auth+"GenerateUserCerts", request)
	if err != nil {
		return issued{}, err
	}
	block, _ := pem.Decode(bytesOf(answer["TLS"]))
	if block == nil {
		return issued{}, errors.New("the TLS certificate is no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return issued{}, err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(bytesOf(answer["SSH"]))
	if err != nil {
		return issued{}, err
	}
	sshCertificate, ok := key.(*ssh.Certificate)
	if !ok {
		return issued{}, fmt.Errorf("the SSH answer is a %T", key)
	}
	return issued{certificate, sshCertificate}, nil
}

// checkIssued holds both certificates against the user CA: names, roles, times and signatures.
func checkIssued(got issued, admin *client, user string, roles []string, until time.Time) error {
	roots, sshCAs, err := userAuthority(admin)
	if err != nil {
		return err
	}
	_, err = got.tls.Verify(x509.VerifyOptions{
		Roots:     roots,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err
	}
	if got.tls.Subject.CommonName != user {
		return fmt.Errorf("the certificate is for %q", got.tls.Subject.CommonName)
	}
	have := slices.Sorted(slices.Values(got.tls.Subject.Organization))
	if !slices.Equal(have, slices.Sorted(slices.Values(roles))) {
		return fmt.Errorf("it has the roles %v, not %v", have, roles)
	}
	if got.tls.NotAfter.After(until) {
		return fmt.Errorf("it lasts until %s, longer than %s", got.tls.NotAfter, until)
	}
	return checkSSH(got.ssh, sshCAs, user, until)
}

func checkSSH(certificate *ssh.Certificate, cas []ssh.PublicKey, user string, until time.Time) error {
	checker := ssh.CertChecker{
		SupportedCriticalOptions: []string{"source-address"},
		IsUserAuthority: func(key ssh.PublicKey) bool {
			return slices.ContainsFunc(cas, func(ca ssh.PublicKey) bool {
				return bytes.Equal(ca.Marshal(), key.Marshal())
			})
		},
	}
	if certificate.CertType != ssh.UserCert || !checker.IsUserAuthority(certificate.SignatureKey) {
		return errors.New("the SSH certificate is not a user's of the user CA")
	}
	if certificate.KeyId != user {
		return fmt.Errorf("the SSH certificate is for %q", certificate.KeyId)
	}
	if time.Unix(int64(certificate.ValidBefore), 0).After(until) {
		return errors.New("the SSH certificate lasts longer than the TLS one may")
	}
	return checker.CheckCert(certificate.ValidPrincipals[0], certificate)
}

// userAuthority asks for the CA that signs certificates of users; private keys must not come along.
func userAuthority(admin *client) (*x509.CertPool, []ssh.PublicKey, error) {
	answer, err := admin.call("/teleport.trust.v1.TrustService/GetCertAuthorities", object{"type": "user"})
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	var keys []ssh.PublicKey
	for _, authority := range list(answer, "cert_authorities_v2") {
		active := within(within(authority, "Spec"), "ActiveKeys")
		for _, pair := range list(active, "TLS") {
			if pair["Key"] != nil {
				return nil, nil, errors.New("a private key came without being asked for")
			}
			roots.AppendCertsFromPEM(bytesOf(pair["Cert"]))
		}
		for _, pair := range list(active, "SSH") {
			key, _, _, _, err := ssh.ParseAuthorizedKey(bytesOf(pair["PublicKey"]))
			if err != nil {
				return nil, nil, err
			}
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil, errors.New("there is no user CA")
	}
	return roots, keys, nil
}
