package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gravitational/teleport/api/client"
	auditlogpb "github.com/gravitational/teleport/api/gen/proto/go/teleport/auditlog/v1"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/teleport/api/types/events"
	"github.com/gravitational/trace"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func playAudit(p *play, c *cast) {
	p.step("typed events of the story", func(ctx context.Context) error { return typedEvents(ctx, c) })
	p.step("untyped events by pages, as the event handler reads them", func(ctx context.Context) error {
		return untypedEvents(ctx, c)
	})
	p.step("the event handler is told to poll", func(ctx context.Context) error {
		chunks := c.auditor().GetEventExportChunks(ctx, &auditlogpb.GetEventExportChunksRequest{
			Date: timestamppb.New(time.Now().Add(48 * time.Hour)),
		})
		defer chunks.Done()
		if chunks.Next() {
			return errors.New("there are chunks")
		}
		return refused(trace.IsNotImplemented, chunks.Done())
	})
	p.step("sessions, of which there is none", func(ctx context.Context) error {
		found, _, err := c.auditor().SearchSessionEvents(
			ctx, time.Now().Add(-time.Hour), time.Now(), 10, types.EventOrderDescending, "")
		if err != nil || len(found) != 0 {
			return fmt.Errorf("%d sessions: %w", len(found), err)
		}
		return nil
	})
	p.step("a plugin reads no events, and no user writes them", func(ctx context.Context) error {
		_, _, err := c.plugin.SearchEvents(ctx, time.Now().Add(-time.Hour), time.Now(), "default", nil, 1, 0, "")
		if err := refused(trace.IsAccessDenied, err); err != nil {
			return err
		}
		event := &events.UserLogin{Metadata: events.Metadata{Type: "user.login", Code: "T1000I", Time: time.Now()}}
		for _, by := range []*client.Client{c.plugin, c.admin} {
			if err := refused(trace.IsAccessDenied, by.EmitAuditEvent(ctx, event)); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditor is the user who administers: one of its roles is that of an auditor.
func (c *cast) auditor() *client.Client { return c.admin }

func typedEvents(ctx context.Context, c *cast) error {
	start, end := time.Now().Add(-time.Hour), time.Now().Add(time.Minute)
	for kind, wanted := range map[string]func(events.AuditEvent) bool{
		"user.create":           is[*events.UserCreate],
		"role.created":          is[*events.RoleCreate],
		"lock.created":          is[*events.LockCreate],
		"cert.create":           is[*events.CertificateCreate],
		"access_request.create": is[*events.AccessRequestCreate],
		"access_request.review": is[*events.AccessRequestCreate],
		"access_request.update": is[*events.AccessRequestCreate],
		"access_request.delete": is[*events.AccessRequestDelete],
	} {
		found, _, err := c.auditor().SearchEvents(
			ctx, start, end, "default", []string{kind}, 10, types.EventOrderDescending, "")
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if len(found) == 0 || found[0].GetType() != kind || !wanted(found[0]) {
			return fmt.Errorf("%s: %v", kind, found)
		}
	}
	return nil
}

func is[T events.AuditEvent](event events.AuditEvent) bool {
	_, ok := event.(T)
	return ok
}

func untypedEvents(ctx context.Context, c *cast) error {
	start, end := time.Now().Add(-time.Hour), time.Now().Add(time.Minute)
	ids, previous := map[string]bool{}, time.Time{}
	for key := ""; ; {
		page, next, err := c.auditor().SearchUnstructuredEvents(
			ctx, start, end, "default", []string{"access_request.create"}, 10, types.EventOrderAscending, key)
		if err != nil {
			return err
		}
		for _, event := range page {
			fields := event.GetUnstructured().GetFields()
			at := event.GetTime().AsTime()
			if ids[event.GetId()] || at.Before(previous) || fields["code"].GetStringValue() != "T5000I" {
				return fmt.Errorf("after %d: %v", len(ids), event)
			}
			ids[event.GetId()], previous = true, at
		}
		if key = next; key == "" {
			break
		}
	}
	if len(ids) < manyRequests {
		return fmt.Errorf("%d requests were created, %d are in the log", manyRequests, len(ids))
	}
	return nil
}
