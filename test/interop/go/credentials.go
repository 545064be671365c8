package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"
)

const apiServerName = "teleport.cluster.local"

// credentials are what a client presents, and whom it trusts.
type credentials struct {
	certificate tls.Certificate
	roots       *x509.CertPool
}

// config is the TLS configuration as Go clients of the API build it: a fixed server name, h2, and the certificate
// handed out whatever CAs the server names.
func (c credentials) config(serverName string) *tls.Config {
	return &tls.Config{
		RootCAs:    c.roots,
		ServerName: serverName,
		NextProtos: []string{"h2"},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &c.certificate, nil
		},
	}
}

// clusterServerName names one cluster of several in the handshake.
func clusterServerName(cluster string) string {
	return hex.EncodeToString([]byte(cluster)) + "." + apiServerName
}

func loadKeyPair(out string) (credentials, error) {
	crt, err := os.ReadFile(out + ".crt")
	if err != nil {
		return credentials{}, err
	}
	key, err := os.ReadFile(out + ".key")
	if err != nil {
		return credentials{}, err
	}
	cas, err := os.ReadFile(out + ".cas")
	if err != nil {
		return credentials{}, err
	}
	return newCredentials(crt, key, cas)
}

// loadIdentityFile reads the PEM blocks of an identity file: key, certificate, then CAs.
func loadIdentityFile(path string) (credentials, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return credentials{}, err
	}
	var blocks [][]byte
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		blocks = append(blocks, pem.EncodeToMemory(block))
	}
	if len(blocks) < 3 {
		return credentials{}, fmt.Errorf("%s has %d PEM blocks, not a key, a certificate and CAs", path, len(blocks))
	}
	return newCredentials(blocks[1], blocks[0], bytes.Join(blocks[2:], nil))
}

// sshIdentity is the other half of an identity file: a certificate for the same key, and the CAs of hosts.
type sshIdentity struct {
	certificate *ssh.Certificate
	key         ssh.PublicKey
	hostCAs     []ssh.PublicKey
}

// loadSSHIdentity reads an identity file by the prefixes of its lines.
func loadSSHIdentity(path string) (sshIdentity, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return sshIdentity{}, err
	}
	var found sshIdentity
	private, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return found, err
	}
	found.key = private.PublicKey()
	for line := range bytes.Lines(text) {
		switch {
		case bytes.HasPrefix(line, []byte("@cert-authority ")):
			_, _, ca, _, _, err := ssh.ParseKnownHosts(line)
			if err != nil {
				return found, err
			}
			found.hostCAs = append(found.hostCAs, ca)
		case bytes.Contains(line, []byte("-cert-v01@openssh.com ")):
			key, _, _, _, err := ssh.ParseAuthorizedKey(line)
			if err != nil {
				return found, err
			}
			found.certificate, _ = key.(*ssh.Certificate)
		}
	}
	if found.certificate == nil || len(found.hostCAs) == 0 {
		return found, fmt.Errorf("%s has no SSH certificate or no host CA", path)
	}
	return found, nil
}

func newCredentials(crt, key, cas []byte) (credentials, error) {
	certificate, err := tls.X509KeyPair(crt, key)
	if err != nil {
		return credentials{}, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(cas) {
		return credentials{}, errors.New("there is no CA certificate")
	}
	return credentials{certificate, roots}, nil
}

// userKeys are what a user makes before asking for certificates: one key for TLS, one for SSH.
type userKeys struct {
	tls       *ecdsa.PrivateKey
	ssh       ed25519.PrivateKey
	tlsPublic []byte
	sshPublic []byte
}

func newUserKeys() (userKeys, error) {
	tlsKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return userKeys{}, err
	}
	spki, err := x509.MarshalPKIXPublicKey(tlsKey.Public())
	if err != nil {
		return userKeys{}, err
	}
	_, sshKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return userKeys{}, err
	}
	sshPublic, err := ssh.NewPublicKey(sshKey.Public())
	if err != nil {
		return userKeys{}, err
	}
	return userKeys{
		tls:       tlsKey,
		ssh:       sshKey,
		tlsPublic: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}),
		sshPublic: ssh.MarshalAuthorizedKey(sshPublic),
	}, nil
}

// with joins the keys and an issued certificate to credentials.
func (k userKeys) with(issued issued, roots *x509.CertPool) credentials {
	return credentials{
		certificate: tls.Certificate{
			Certificate: [][]byte{issued.tls.Raw},
			PrivateKey:  crypto.PrivateKey(k.tls),
		},
		roots: roots,
	}
}
