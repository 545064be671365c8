package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	opInit, opPut, opDelete                  = 0, 1, 2
	statePending, stateApproved, stateDenied = 1, 2, 3
	certificateTTL                           = 30 * time.Minute
)

// story is one access request from the wish to the certificate.
type story struct {
	*cast
	alice, bob *client
	aliceKeys  userKeys
	next       func() (object, error)
	id         string
}

func playStory(p *play, c *cast) {
	s := &story{cast: c}
	p.step("log in the requester and the reviewer", s.logIn)
	if s.alice == nil || s.bob == nil {
		return
	}
	defer s.alice.conn.Close()
	defer s.bob.conn.Close()
	p.step("probe for a second factor, as a user", func() error { return probe(s.alice) })
	p.step("watch requests and rules, as plugins do", s.watch)
	p.step("ask for a role", s.ask)
	if s.id == "" || s.next == nil {
		return
	}
	p.step("the watch brings the request", func() error { return s.event(opPut, "AccessRequest") })
	p.step("plugin data by compare-and-swap", s.pluginData)
	p.step("nobody reviews an own request", func() error {
		return refusedWith(codes.PermissionDenied, s.review(s.alice, "go-alice"))
	})
	p.step("a certificate before the approval", func() error {
		_, err := issue(s.alice, s.wish(), s.aliceKeys)
		return refusedWith(codes.PermissionDenied, err)
	})
	p.step("a reviewer approves", func() error { return s.review(s.bob, "go-bob") })
	p.step("a second review is refused in the words that plugins know", s.secondReview)
	p.step("the watch brings the approval", func() error { return s.event(opPut, "AccessRequest") })
	p.step("list requests in three ways", s.listings)
	p.step("certificates that carry the role, and end on time", s.certificates)
	p.step("resolve a request as a plugin does", s.resolve)
	p.step("the watch brings the deletion", s.deletion)
}

func (s *story) logIn() error {
	for name, target := range map[string]**client{"go-alice": &s.alice, "go-bob": &s.bob} {
		keys, err := newUserKeys()
		if err != nil {
			return err
		}
		request := object{"Username": name, "Expires": expiresIn(certificateTTL)}
		got, err := issue(s.admin, request, keys)
		if err != nil {
			return err
		}
		if name == "go-alice" {
			s.aliceKeys = keys
		}
		if *target, err = dial(s.schema, s.address, keys.with(got, s.roots).config(apiServerName)); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) watch() error {
	next, _, err := s.plugin.stream(auth+"WatchEvents", object{
		"Kinds":               []object{{"Kind": "access_request"}, {"Kind": "access_monitoring_rule"}},
		"AllowPartialSuccess": true,
	})
	if err != nil {
		return err
	}
	first, err := next()
	if err != nil {
		return err
	}
	s.next = next
	if first["Type"] != nil {
		return fmt.Errorf("the first event has the type %v", first["Type"])
	}
	kinds := list(within(within(first, "WatchStatus"), "Spec"), "Kinds")
	if len(kinds) == 0 || kinds[0]["Kind"] != "access_request" {
		return fmt.Errorf("the status confirms %v", kinds)
	}
	return nil
}

func (s *story) ask() error {
	id, err := s.create("go-alice", s.alice)
	s.id = id
	return err
}

func (s *story) create(user string, by *client) (string, error) {
	created, err := by.call(auth+"CreateAccessRequestV2", object{
		"Kind": "access_request", "Version": "v3",
		"Metadata": object{"Name": "5a7bcb6e-5b0f-4a53-9d0e-2a5b2f2f2f2f"},
		"Spec": object{
			"User": user, "Roles": []string{"go-dba"}, "State": statePending, "RequestReason": "a test",
			// What Go writes for times that are not set.
			"Created": "0001-01-01T00:00:00Z", "Expires": "0001-01-01T00:00:00Z", "MaxDuration": "0001-01-01T00:00:00Z",
		},
	})
	id, _ := nameOf(created)
	return id, err
}

func (s *story) event(operation float64, resource string) error {
	event, err := s.next()
	if err != nil {
		return err
	}
	if event["Type"] != operation {
		return fmt.Errorf("an event of type %v came, not %v", event["Type"], operation)
	}
	name, _ := nameOf(within(event, resource))
	return equal("the request", name, s.id)
}

func (s *story) pluginData() error {
	where := object{"Kind": "access_request", "Resource": s.id, "Plugin": "slack"}
	if answer, err := s.plugin.call(auth+"GetPluginData", where); err != nil || len(list(answer, "PluginData")) != 0 {
		return fmt.Errorf("before: %v, %w", answer, err)
	}
	update := object{
		"Kind": "access_request", "Resource": s.id, "Plugin": "slack",
		"Set": map[string]string{"message": "1"}, "Expect": map[string]string{"message": ""},
	}
	if _, err := s.plugin.call(auth+"UpdatePluginData", update); err != nil {
		return err
	}
	_, err := s.plugin.call(auth+"UpdatePluginData", update)
	return refusedWith(codes.FailedPrecondition, err)
}

func (s *story) review(by *client, author string) error {
	_, err := by.call(auth+"SubmitAccessReview", object{
		"RequestID": s.id,
		"Review": object{
			"Author": author, "ProposedState": stateApproved, "Reason": "fine", "Created": "0001-01-01T00:00:00Z",
		},
	})
	return err
}

func (s *story) secondReview() error {
	err := s.review(s.bob, "go-bob")
	if err == nil {
		return errors.New("a second review was taken")
	}
	const words = "has already reviewed this request"
	if !strings.HasSuffix(status.Convert(err).Message(), words) {
		return fmt.Errorf("it does not end in %q: %w", words, err)
	}
	return nil
}

func (s *story) listings() error {
	filter := object{"ID": s.id}
	answer, err := s.plugin.call(auth+"ListAccessRequests", object{"Filter": filter})
	if err != nil {
		return err
	}
	streamed, err := s.plugin.collect(auth+"GetAccessRequestsV2", filter)
	if err != nil {
		return err
	}
	older, err := s.plugin.call(auth+"GetAccessRequests", filter)
	if err != nil {
		return err
	}
	for _, found := range [][]object{list(answer, "AccessRequests"), streamed, list(older, "AccessRequests")} {
		if err := contains(namesOf(found), s.id); err != nil {
			return err
		}
		if err := equal("the state", within(found[0], "Spec")["State"], stateApproved); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) wish() object {
	return object{
		"Username": "go-alice", "Expires": expiresIn(certificateTTL), "AccessRequests": []string{s.id},
	}
}

func (s *story) certificates() error {
	until := time.Now().Add(certificateTTL + time.Minute)
	got, err := issue(s.alice, s.wish(), s.aliceKeys)
	if err != nil {
		return err
	}
	return checkIssued(got, s.admin, "go-alice", []string{"go-requester", "go-dba"}, until)
}

// resolve denies another request, in the name of somebody of the plugin's chat.
func (s *story) resolve() error {
	id, err := s.create("go-alice", s.alice)
	if err != nil {
		return err
	}
	first := s.id
	s.id = id
	if err := s.event(opPut, "AccessRequest"); err != nil {
		return err
	}
	_, err = s.plugin.call(auth+"SetAccessRequestState", object{
		"ID": id, "State": stateDenied, "Delegator": "slack:bob@example.com", "Reason": "not today",
	})
	if err != nil {
		return err
	}
	if err := s.event(opPut, "AccessRequest"); err != nil {
		return err
	}
	s.id = first
	return nil
}

func (s *story) deletion() error {
	if _, err := s.admin.call(auth+"DeleteAccessRequest", object{"ID": s.id}); err != nil {
		return err
	}
	return s.event(opDelete, "ResourceHeader")
}
