package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

func playResources(p *play, c *cast) {
	p.step("locks", func(ctx context.Context) error { return locks(ctx, c) })
	p.step("join tokens", func(ctx context.Context) error { return joinTokens(ctx, c) })
	p.step("semaphores", func(ctx context.Context) error { return semaphores(ctx, c) })
	p.step("cluster alerts", func(ctx context.Context) error { return alerts(ctx, c) })
	p.step("acknowledged alerts", func(ctx context.Context) error { return acknowledgements(ctx, c) })
}

func locks(ctx context.Context, c *cast) error {
	target := types.LockTarget{User: "api-nobody"}
	lock, err := types.NewLock("api-lock", types.LockSpecV2{Target: target, Message: "a test"})
	if err != nil {
		return err
	}
	if _, err := c.admin.GetLock(ctx, "api-lock"); refused(trace.IsNotFound, err) != nil {
		return refused(trace.IsNotFound, err)
	}
	if err := c.admin.UpsertLock(ctx, lock); err != nil {
		return err
	}
	found, err := c.admin.GetLocks(ctx, true, target)
	if err != nil {
		return err
	}
	if err := contains(namesOf(found), "api-lock"); err != nil {
		return err
	}
	if found, err = c.admin.GetLocks(ctx, false, types.LockTarget{User: "api-other"}); err != nil || len(found) != 0 {
		return fmt.Errorf("%d locks of somebody else: %w", len(found), err)
	}
	one, err := c.admin.GetLock(ctx, "api-lock")
	if err != nil {
		return err
	}
	if err := equal("the message", one.Message(), "a test"); err != nil {
		return err
	}
	if err := c.admin.DeleteLock(ctx, "api-lock"); err != nil {
		return err
	}
	return refused(trace.IsNotFound, c.admin.DeleteLock(ctx, "api-lock"))
}

func joinTokens(ctx context.Context, c *cast) error {
	token, err := types.NewProvisionToken("api-token-of-a-test", types.SystemRoles{types.RoleNode}, time.Now().Add(time.Hour))
	if err != nil {
		return err
	}
	if err := c.admin.CreateToken(ctx, token); err != nil {
		return err
	}
	if err := refused(trace.IsAlreadyExists, c.admin.CreateToken(ctx, token)); err != nil {
		return err
	}
	if err := c.admin.UpsertToken(ctx, token); err != nil {
		return err
	}
	one, err := c.admin.GetToken(ctx, token.GetName())
	if err != nil {
		return err
	}
	if err := equal("the roles", one.GetRoles().String(), string(types.RoleNode)); err != nil {
		return err
	}
	all, err := c.admin.GetTokens(ctx)
	if err != nil {
		return err
	}
	if err := contains(namesOf(all), token.GetName()); err != nil {
		return err
	}
	if err := c.admin.DeleteToken(ctx, token.GetName()); err != nil {
		return err
	}
	_, err = c.admin.GetToken(ctx, token.GetName())
	return refused(trace.IsNotFound, err)
}

func semaphores(ctx context.Context, c *cast) error {
	wish := types.AcquireSemaphoreRequest{
		SemaphoreKind: "api", SemaphoreName: "one", MaxLeases: 1, Expires: time.Now().Add(time.Minute), Holder: "a test",
	}
	lease, err := c.host.AcquireSemaphore(ctx, wish)
	if err != nil {
		return err
	}
	_, err = c.host.AcquireSemaphore(ctx, wish)
	if err := refused(trace.IsLimitExceeded, err); err != nil {
		return err
	}
	lease.Expires = time.Now().Add(2 * time.Minute)
	if err := c.host.KeepAliveSemaphoreLease(ctx, *lease); err != nil {
		return err
	}
	filter := types.SemaphoreFilter{SemaphoreKind: "api", SemaphoreName: "one"}
	held, err := c.host.GetSemaphores(ctx, filter)
	if err != nil {
		return err
	}
	if err := contains(namesOf(held), "one"); err != nil {
		return err
	}
	if err := c.host.CancelSemaphoreLease(ctx, *lease); err != nil {
		return err
	}
	if _, err := c.host.AcquireSemaphore(ctx, wish); err != nil {
		return fmt.Errorf("after the lease was given back: %w", err)
	}
	if err := c.host.DeleteSemaphore(ctx, filter); err != nil {
		return err
	}
	_, err = c.admin.AcquireSemaphore(ctx, wish)
	return refused(trace.IsAccessDenied, err)
}

func newAlert(name string) (types.ClusterAlert, error) {
	alert, err := types.NewClusterAlert(name, "a test", types.WithAlertSeverity(types.AlertSeverity_HIGH),
		types.WithAlertExpires(time.Now().Add(time.Hour)))
	alert.Metadata.Labels = map[string]string{types.AlertPermitAll: "yes", types.AlertOnLogin: "yes"}
	return alert, err
}

func alerts(ctx context.Context, c *cast) error {
	alert, err := newAlert("api-alert")
	if err != nil {
		return err
	}
	if err := c.admin.UpsertClusterAlert(ctx, alert); err != nil {
		return err
	}
	for _, query := range []types.GetClusterAlertsRequest{
		{Severity: types.AlertSeverity_HIGH},
		{AlertID: "api-alert"},
		{Labels: map[string]string{types.AlertOnLogin: "yes"}},
	} {
		found, err := c.plugin.GetClusterAlerts(ctx, query)
		if err != nil {
			return err
		}
		if err := equal("the number of alerts", len(found), 1); err != nil {
			return fmt.Errorf("%v: %w", query, err)
		}
	}
	if err := alertOfADay(ctx, c); err != nil {
		return err
	}
	return refused(trace.IsAccessDenied, c.plugin.UpsertClusterAlert(ctx, alert))
}

// alertOfADay makes the alert of "tctl alerts create" without --ttl: it names no end, and gets one.
func alertOfADay(ctx context.Context, c *cast) error {
	endless, err := types.NewClusterAlert("api-alert-of-a-day", "a test")
	if err != nil {
		return err
	}
	if err := c.admin.UpsertClusterAlert(ctx, endless); err != nil {
		return err
	}
	found, err := c.admin.GetClusterAlerts(ctx, types.GetClusterAlertsRequest{
		AlertID: "api-alert-of-a-day", WithUntargeted: true,
	})
	if err != nil {
		return err
	}
	if err := equal("the number of alerts without an end", len(found), 1); err != nil {
		return err
	}
	left := time.Until(found[0].Metadata.Expiry())
	if left <= 23*time.Hour || left > 24*time.Hour {
		return fmt.Errorf("an alert without an end ends in %s", left)
	}
	return nil
}

func acknowledgements(ctx context.Context, c *cast) error {
	ack := types.AlertAcknowledgement{AlertID: "api-alert", Reason: "seen", Expires: time.Now().Add(time.Hour)}
	if err := c.admin.CreateAlertAck(ctx, ack); err != nil {
		return err
	}
	if err := refused(trace.IsAlreadyExists, c.admin.CreateAlertAck(ctx, ack)); err != nil {
		return err
	}
	acks, err := c.admin.GetAlertAcks(ctx)
	if err != nil {
		return err
	}
	if err := equal("the number of acknowledgements", len(acks), 1); err != nil {
		return err
	}
	hidden, err := c.admin.GetClusterAlerts(ctx, types.GetClusterAlertsRequest{})
	if err != nil {
		return err
	}
	shown, err := c.admin.GetClusterAlerts(ctx, types.GetClusterAlertsRequest{WithAcknowledged: true})
	if err != nil {
		return err
	}
	if err := equal("alerts without and with", fmt.Sprint(len(hidden), len(shown)), "0 1"); err != nil {
		return err
	}
	return c.admin.ClearAlertAcks(ctx, proto.ClearAlertAcksRequest{AlertID: "api-alert"})
}
