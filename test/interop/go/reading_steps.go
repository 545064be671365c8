package main

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

func playReading(p *play, c *cast) {
	p.step("page through roles", func() error {
		names, err := allPages(c.admin, auth+"ListRoles", object{"Limit": 2}, "Roles", "StartKey", "NextKey")
		if err != nil {
			return err
		}
		return contains(names, "access", "editor", "auditor", "go-dba", "go-requester", "go-reviewer")
	})
	p.step("page through users", func() error {
		names, err := allPages(c.admin, users+"ListUsers", object{"page_size": 1}, "users", "page_token", "next_page_token")
		if err != nil {
			return err
		}
		return contains(names, "go-alice", "go-bob", c.options.plugin)
	})
	p.step("users of the older method, on a stream", func() error {
		all, err := c.admin.collect(auth+"GetUsers", object{})
		if err != nil {
			return err
		}
		return contains(namesOf(all), "go-alice", "go-bob")
	})
	p.step("the current user and its roles", func() error {
		me, err := c.plugin.call(auth+"GetCurrentUser", object{})
		if err != nil {
			return err
		}
		if name, _ := nameOf(me); name != c.options.plugin {
			return fmt.Errorf("I am %q", name)
		}
		_, err = c.plugin.collect(auth+"GetCurrentUserRoles", object{})
		return err
	})
	for _, path := range []string{
		clusterConfig + "GetAuthPreference", clusterConfig + "GetClusterNetworkingConfig",
		clusterConfig + "GetSessionRecordingConfig", auth + "GetClusterAuditConfig",
		auth + "GetDomainName", auth + "GetClusterCACert",
	} {
		p.step(path, func() error {
			_, err := c.admin.call(path, object{})
			return err
		})
	}
	p.step("certificate authorities of every type", func() error {
		for _, kind := range []string{
			"host", "user", "db", "db_client", "openssh", "jwt", "saml_idp", "oidc_idp", "spiffe", "okta", "awsra",
			"bound_keypair",
		} {
			request := object{"type": kind}
			if _, err := c.admin.call("/teleport.trust.v1.TrustService/GetCertAuthorities", request); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
		return nil
	})
	p.step("what plugins ask for and there is none of", func() error { return emptyLists(c) })
	p.step("audit events, typed and untyped", func() error { return auditEvents(c) })
}

func emptyLists(c *cast) error {
	for path, request := range map[string]object{
		"/teleport.accessmonitoringrules.v1.AccessMonitoringRulesService/ListAccessMonitoringRulesWithFilter": {
			"page_size": "1000", "subjects": []string{"access_request"}, "notification_name": "slack",
		},
		"/teleport.accesslist.v1.AccessListService/ListAccessLists": {},
		auth + "ListUnifiedResources":                               {"Kinds": []string{"node"}, "Limit": 10},
		auth + "ListResources":                                      {"ResourceType": "node", "Limit": 10},
	} {
		answer, err := c.admin.call(path, request)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, name := range []string{"rules", "access_lists", "Resources"} {
			if len(list(answer, name)) != 0 {
				return fmt.Errorf("%s has %s", path, name)
			}
		}
	}
	return nil
}

func auditEvents(c *cast) error {
	start, end := expiresIn(-time.Hour), expiresIn(time.Hour)
	answer, err := c.admin.call(auth+"GetEvents", object{
		"Namespace": "default", "StartDate": start, "EndDate": end, "EventTypes": []string{"user.create"}, "Limit": 100,
	})
	if err != nil {
		return err
	}
	if len(list(answer, "Items")) == 0 {
		return errors.New("GetEvents has no user.create")
	}
	answer, err = c.admin.call("/teleport.auditlog.v1.AuditLogService/GetUnstructuredEvents", object{
		"namespace": "default", "start_date": start, "end_date": end, "event_types": []string{"role.created"}, "limit": 1,
	})
	if err != nil {
		return err
	}
	items := list(answer, "items")
	if len(items) != 1 || answer["last_key"] == nil {
		return fmt.Errorf("GetUnstructuredEvents gave %d events and the cursor %v", len(items), answer["last_key"])
	}
	if code := within(items[0], "unstructured")["code"]; code != "T9000I" {
		return fmt.Errorf("role.created has the code %v", code)
	}
	_, err = c.plugin.call(auth+"GetEvents", object{"StartDate": start, "EndDate": end, "Limit": 1})
	return refusedWith(codes.PermissionDenied, err)
}

// allPages follows the page keys of a listing and gives the names.
func allPages(c *client, path string, request object, items, key, nextKey string) ([]string, error) {
	var names []string
	for range 100 {
		answer, err := c.call(path, request)
		if err != nil {
			return nil, err
		}
		for _, item := range list(answer, items) {
			name, _ := nameOf(item)
			names = append(names, name)
		}
		next, _ := answer[nextKey].(string)
		if next == "" {
			return names, nil
		}
		request[key] = next
	}
	return nil, errors.New("the pages have no end")
}

func namesOf(resources []object) []string {
	names := make([]string, 0, len(resources))
	for _, resource := range resources {
		name, _ := nameOf(resource)
		names = append(names, name)
	}
	return names
}

// contains wants each name once.
func contains(names []string, wanted ...string) error {
	times := map[string]int{}
	for _, name := range names {
		times[name]++
	}
	for _, name := range wanted {
		if times[name] != 1 {
			return fmt.Errorf("%s is listed %d times", name, times[name])
		}
	}
	return nil
}
