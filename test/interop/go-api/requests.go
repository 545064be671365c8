package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/teleport/api/utils"
	"github.com/gravitational/trace"
)

// story is one access request from the wish to the certificate.
type story struct {
	*cast
	watcher types.Watcher
	id      string
}

func playRequests(p *play, c *cast) {
	s := &story{cast: c}
	p.step("what the requester may ask for", s.capabilities)
	p.step("watch requests and rules, as plugins do", s.watch)
	p.step("ask for a role", s.ask)
	if s.id == "" || s.watcher == nil {
		return
	}
	defer s.watcher.Close()
	p.step("the watch brings the request", func(ctx context.Context) error {
		return s.brings(ctx, types.RequestState_PENDING)
	})
	p.step("plugin data by compare-and-swap", s.pluginData)
	p.step("nobody reviews an own request", func(ctx context.Context) error {
		_, err := s.review(ctx, c.alice, "api-alice")
		return refused(trace.IsAccessDenied, err)
	})
	p.step("no certificate before the approval", func(ctx context.Context) error {
		_, err := c.alice.GenerateUserCerts(ctx, c.aliceKeys.request("api-alice", s.id))
		return refused(trace.IsAccessDenied, err)
	})
	p.step("a reviewer approves", func(ctx context.Context) error {
		after, err := s.review(ctx, c.bob, "api-bob")
		if err != nil {
			return err
		}
		if len(after.GetReviews()) != 1 {
			return fmt.Errorf("%d reviews", len(after.GetReviews()))
		}
		return equal("the state", after.GetState(), types.RequestState_APPROVED)
	})
	p.step("a second review is refused in the words that plugins know", s.secondReview)
	p.step("the watch brings the approval", func(ctx context.Context) error {
		return s.brings(ctx, types.RequestState_APPROVED)
	})
	p.step("certificates that carry the role, and end on time", s.certificates)
	p.step("resolve a request in somebody's name", s.resolve)
	p.step("delete a request", s.deletion)
	p.step("what is wrong with a request", s.wrong)
}

func (s *story) capabilities(ctx context.Context) error {
	can, err := s.alice.GetAccessCapabilities(ctx, types.AccessCapabilitiesRequest{
		RequestableRoles: true, SuggestedReviewers: true,
	})
	if err != nil {
		return err
	}
	return equal("the roles", fmt.Sprint(can.RequestableRoles), "[api-dba]")
}

func (s *story) watch(context.Context) error {
	watcher, confirmed, err := watch(s.plugin, types.Watch{
		Kinds:               []types.WatchKind{{Kind: types.KindAccessRequest}, {Kind: types.KindAccessMonitoringRule}},
		AllowPartialSuccess: true,
	})
	s.watcher = watcher
	if err != nil {
		return err
	}
	return equal("what is confirmed", confirmed, "access_request")
}

func (s *story) ask(ctx context.Context) error {
	created, err := createRequest(ctx, s.alice)
	if err != nil {
		return err
	}
	s.id = created.GetName()
	if created.GetCreationTime().IsZero() || created.GetAccessExpiry().Before(time.Now()) {
		return fmt.Errorf("created %v, expires %v", created.GetCreationTime(), created.GetAccessExpiry())
	}
	promotions, err := s.bob.GetAccessRequestAllowedPromotions(ctx, created)
	if err != nil || len(promotions.Promotions) != 0 {
		return fmt.Errorf("promotions %v: %w", promotions, err)
	}
	return equal("the state", created.GetState(), types.RequestState_PENDING)
}

func createRequest(ctx context.Context, by *client.Client) (types.AccessRequest, error) {
	wish, err := types.NewAccessRequest(uuid.NewString(), "api-alice", "api-dba")
	if err != nil {
		return nil, err
	}
	wish.SetRequestReason("a test")
	return by.CreateAccessRequestV2(ctx, wish)
}

// brings waits for the put of the request and wants it in a state.
func (s *story) brings(ctx context.Context, state types.RequestState) error {
	event, err := nextEvent(ctx, s.watcher)
	if err != nil {
		return err
	}
	request, ok := event.Resource.(types.AccessRequest)
	if event.Type != types.OpPut || !ok {
		return fmt.Errorf("%v of a %T", event.Type, event.Resource)
	}
	if err := equal("the request", request.GetName(), s.id); err != nil {
		return err
	}
	return equal("the state", request.GetState(), state)
}

func (s *story) pluginData(ctx context.Context) error {
	filter := types.PluginDataFilter{Kind: types.KindAccessRequest, Resource: s.id, Plugin: "slack"}
	if data, err := s.plugin.GetPluginData(ctx, filter); err != nil || len(data) != 0 {
		return fmt.Errorf("before: %v: %w", data, err)
	}
	update := types.PluginDataUpdateParams{
		Kind: types.KindAccessRequest, Resource: s.id, Plugin: "slack",
		Set: map[string]string{"message": "1"}, Expect: map[string]string{"message": ""},
	}
	if err := s.plugin.UpdatePluginData(ctx, update); err != nil {
		return err
	}
	if err := refused(trace.IsCompareFailed, s.plugin.UpdatePluginData(ctx, update)); err != nil {
		return err
	}
	data, err := s.plugin.GetPluginData(ctx, filter)
	if err != nil || len(data) != 1 {
		return fmt.Errorf("after: %v: %w", data, err)
	}
	if err := equal("the message", data[0].Entries()["slack"].Data["message"], "1"); err != nil {
		return err
	}
	return refused(trace.IsAccessDenied, s.alice.UpdatePluginData(ctx, update))
}

func (s *story) review(ctx context.Context, by *client.Client, author string) (types.AccessRequest, error) {
	return by.SubmitAccessReview(ctx, types.AccessReviewSubmission{
		RequestID: s.id,
		Review: types.AccessReview{
			Author: author, ProposedState: types.RequestState_APPROVED, Reason: "fine", Created: time.Now(),
		},
	})
}

func (s *story) secondReview(ctx context.Context) error {
	_, err := s.review(ctx, s.bob, "api-bob")
	if err := refused(trace.IsAlreadyExists, err); err != nil {
		return err
	}
	const words = "has already reviewed this request"
	if !strings.HasSuffix(err.Error(), words) {
		return fmt.Errorf("it does not end in %q: %w", words, err)
	}
	return nil
}

func (s *story) certificates(ctx context.Context) error {
	until := time.Now().Add(certificateTTL + time.Minute)
	certs, err := s.alice.GenerateUserCerts(ctx, s.aliceKeys.request("api-alice", s.id))
	if err != nil {
		return err
	}
	return checkIssued(ctx, s.cast, certs, "api-alice", []string{"api-dba", "api-requester"}, until)
}

// resolve denies another request as a plugin does, in the name of somebody of its chat.
func (s *story) resolve(ctx context.Context) error {
	created, err := createRequest(ctx, s.alice)
	if err != nil {
		return err
	}
	first := s.id
	defer func() { s.id = first }()
	s.id = created.GetName()
	if err := s.brings(ctx, types.RequestState_PENDING); err != nil {
		return err
	}
	update := types.AccessRequestUpdate{
		RequestID: s.id, State: types.RequestState_DENIED, Reason: "not today",
		Annotations: map[string][]string{"ticket": {"42"}},
	}
	if err := s.plugin.SetAccessRequestState(utils.WithDelegator(ctx, "slack:bob@example.com"), update); err != nil {
		return err
	}
	if err := s.brings(ctx, types.RequestState_DENIED); err != nil {
		return err
	}
	found, err := s.plugin.GetAccessRequests(ctx, types.AccessRequestFilter{ID: s.id})
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d requests: %w", len(found), err)
	}
	if err := equal("the reason", found[0].GetResolveReason(), "not today"); err != nil {
		return err
	}
	if err := equal("the annotation", fmt.Sprint(found[0].GetResolveAnnotations()["ticket"]), "[42]"); err != nil {
		return err
	}
	update.State = types.RequestState_APPROVED
	return refused(trace.IsBadParameter, s.plugin.SetAccessRequestState(ctx, update))
}

func (s *story) deletion(ctx context.Context) error {
	if err := refused(trace.IsAccessDenied, s.alice.DeleteAccessRequest(ctx, s.id)); err != nil {
		return err
	}
	if err := s.host.DeleteAccessRequest(ctx, s.id); err != nil {
		return err
	}
	event, err := nextEvent(ctx, s.watcher)
	if err != nil {
		return err
	}
	if event.Type != types.OpDelete || event.Resource.GetKind() != types.KindAccessRequest {
		return fmt.Errorf("%v of a %T", event.Type, event.Resource)
	}
	if err := equal("the request", event.Resource.GetName(), s.id); err != nil {
		return err
	}
	return refused(trace.IsNotFound, s.host.DeleteAccessRequest(ctx, s.id))
}

func (s *story) wrong(ctx context.Context) error {
	forbidden, err := types.NewAccessRequest(uuid.NewString(), "api-alice", "editor")
	if err != nil {
		return err
	}
	if _, err = s.alice.CreateAccessRequestV2(ctx, forbidden); err == nil {
		return errors.New("a role that may not be asked for was asked for")
	}
	if !trace.IsBadParameter(err) && !trace.IsAccessDenied(err) {
		return fmt.Errorf("a forbidden role: %w (%T)", err, trace.Unwrap(err))
	}
	s.id = uuid.NewString()
	_, err = s.review(ctx, s.bob, "api-bob")
	if err := refused(trace.IsNotFound, err); err != nil {
		return fmt.Errorf("a review of nothing: %w", err)
	}
	update := types.AccessRequestUpdate{RequestID: s.id, State: types.RequestState_APPROVED}
	return refused(trace.IsNotFound, s.plugin.SetAccessRequestState(ctx, update))
}
