package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

var rotated = []types.CertAuthType{types.HostCA, types.UserCA}

func playRotation(p *play, c *cast) {
	p.step("a rotation of hosts and users, taken back at its end, with no refused call", func(ctx context.Context) error {
		return whileCalling(ctx, c.alice, func() error {
			phases := []string{
				types.RotationPhaseInit, types.RotationPhaseUpdateClients, types.RotationPhaseUpdateServers,
				types.RotationPhaseRollback, types.RotationPhaseStandby,
			}
			for _, phase := range phases {
				if err := takeStep(ctx, c, phase); err != nil {
					return fmt.Errorf("%s: %w", phase, err)
				}
			}
			return nil
		})
	})
	p.step("a whole rotation of databases, as the client describes it", func(ctx context.Context) error {
		return rotateDatabases(ctx, c)
	})
	p.step("steps out of turn, and by who may not", func(ctx context.Context) error {
		step := types.RotateRequest{Type: types.UserCA, TargetPhase: types.RotationPhaseStandby, Mode: types.RotationModeManual}
		if err := refused(trace.IsBadParameter, c.host.RotateCertAuthority(ctx, step)); err != nil {
			return err
		}
		step.TargetPhase = types.RotationPhaseInit
		return refused(trace.IsAccessDenied, c.plugin.RotateCertAuthority(ctx, step))
	})
}

// takeStep leads both authorities on; then somebody renews and connects as clients do in every phase.
func takeStep(ctx context.Context, c *cast, phase string) error {
	before, err := c.host.GetClusterCACert(ctx)
	if err != nil {
		return err
	}
	for _, kind := range rotated {
		request := types.RotateRequest{Type: kind, TargetPhase: phase, Mode: types.RotationModeManual}
		if err := c.host.RotateCertAuthority(ctx, request); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	after, err := c.host.GetClusterCACert(ctx)
	if err != nil {
		return err
	}
	// Whoever has not asked for the authorities again since the phase before still trusts the server.
	for _, roots := range [][]byte{before.TLSCA, after.TLSCA} {
		if err := c.renewAndCall(ctx, roots); err != nil {
			return err
		}
	}
	return nil
}

func (c *cast) renewAndCall(ctx context.Context, roots []byte) error {
	keys, err := newUserKeys()
	if err != nil {
		return err
	}
	certs, err := c.host.GenerateUserCerts(ctx, keys.request("api-alice"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return errors.New("no certificate of an authority")
	}
	block, _ := pem.Decode(certs.TLS)
	if block == nil {
		return errors.New("the TLS certificate is no PEM")
	}
	return c.pingAs(ctx, client.LoadTLS(&tls.Config{
		RootCAs:      pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{block.Bytes}, PrivateKey: keys.tls}},
	}))
}

// whileCalling does something while somebody calls without a pause, of which no call may fail.
func whileCalling(ctx context.Context, by *client.Client, do func() error) error {
	calling, stop := context.WithCancel(ctx)
	var failure error
	var calls sync.WaitGroup
	calls.Add(1)
	go func() {
		defer calls.Done()
		for calling.Err() == nil {
			if _, err := by.Ping(ctx); err != nil {
				failure = fmt.Errorf("a call meanwhile: %w", err)
				return
			}
		}
	}()
	done := do()
	stop()
	calls.Wait()
	return errors.Join(done, failure)
}

func rotateDatabases(ctx context.Context, c *cast) error {
	id := types.CertAuthID{Type: types.DatabaseCA, DomainName: c.cluster}
	grace := 3 * time.Hour
	described := map[string]string{
		types.RotationPhaseInit:          "in progress (mode: manual, phase: init)",
		types.RotationPhaseUpdateClients: "in progress (mode: manual, phase: update_clients)",
		types.RotationPhaseUpdateServers: "in progress (mode: manual, phase: update_servers)",
	}
	for _, phase := range []string{types.RotationPhaseInit, types.RotationPhaseUpdateClients, types.RotationPhaseUpdateServers} {
		request := types.RotateRequest{Type: types.DatabaseCA, TargetPhase: phase, Mode: types.RotationModeManual, GracePeriod: &grace}
		if err := c.host.RotateCertAuthority(ctx, request); err != nil {
			return err
		}
		authority, err := c.host.GetCertAuthority(ctx, id, false)
		if err != nil {
			return err
		}
		rotation := authority.GetRotation()
		if err := equal("the state", rotation.String(), described[phase]); err != nil {
			return err
		}
		if err := equal("the trusted keys", len(authority.GetTrustedTLSKeyPairs()), 2); err != nil {
			return err
		}
	}
	request := types.RotateRequest{Type: types.DatabaseCA, TargetPhase: types.RotationPhaseStandby, Mode: types.RotationModeManual}
	if err := c.host.RotateCertAuthority(ctx, request); err != nil {
		return err
	}
	authority, err := c.host.GetCertAuthority(ctx, id, false)
	if err != nil {
		return err
	}
	rotation := authority.GetRotation()
	if rotation.LastRotated.IsZero() || !rotation.Started.IsZero() {
		return fmt.Errorf("it says %v", rotation.String())
	}
	return equal("the trusted keys", len(authority.GetTrustedTLSKeyPairs()), 1)
}
