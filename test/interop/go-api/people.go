package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	userspb "github.com/gravitational/teleport/api/gen/proto/go/teleport/users/v1"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

func newRole(name string, allow types.RoleConditions) (types.Role, error) {
	return types.NewRole(name, types.RoleSpecV6{Allow: allow})
}

func newUser(name string, roles ...string) (types.User, error) {
	user, err := types.NewUser(name)
	if err == nil {
		user.SetRoles(roles)
	}
	return user, err
}

func playPeople(p *play, c *cast) {
	p.step("create the roles of the story", func(ctx context.Context) error { return createRoles(ctx, c) })
	p.step("a role from its making to its end", func(ctx context.Context) error { return roleLife(ctx, c) })
	p.step("create the users of the story", func(ctx context.Context) error { return createUsers(ctx, c) })
	p.step("a user from its making to its end", func(ctx context.Context) error { return userLife(ctx, c) })
	p.step("an invitation, as tctl users add makes it", func(ctx context.Context) error {
		token, err := c.admin.CreateResetPasswordToken(ctx, &proto.CreateResetPasswordTokenRequest{
			Name: "api-alice", Type: "invite", TTL: proto.Duration(time.Hour),
		})
		if err != nil {
			return err
		}
		return equal("the user", token.GetUser(), "api-alice")
	})
	p.step("what is wrong in itself", func(ctx context.Context) error { return wrongPeople(ctx, c) })
	p.step("roles by pages, filters and all at once", func(ctx context.Context) error { return listRoles(ctx, c) })
	p.step("users by pages, filters and all at once", func(ctx context.Context) error { return listUsers(ctx, c) })
	p.step("a plugin creates nobody", func(ctx context.Context) error {
		eve, err := newUser("api-eve", "editor")
		if err != nil {
			return err
		}
		_, err = c.plugin.CreateUser(ctx, eve)
		return refused(trace.IsAccessDenied, err)
	})
}

func createRoles(ctx context.Context, c *cast) error {
	for name, allow := range map[string]types.RoleConditions{
		"api-dba":       {Logins: []string{"postgres"}},
		"api-requester": {Request: &types.AccessRequestConditions{Roles: []string{"api-dba"}}},
		"api-reviewer":  {ReviewRequests: &types.AccessReviewConditions{Roles: []string{"api-dba"}}},
	} {
		role, err := newRole(name, allow)
		if err != nil {
			return err
		}
		stored, err := c.admin.UpsertRole(ctx, role)
		if err != nil {
			return err
		}
		if stored.GetRevision() == "" {
			return errors.New("a role came back without a revision")
		}
	}
	return nil
}

func roleLife(ctx context.Context, c *cast) error {
	wish, err := newRole("api-short", types.RoleConditions{Logins: []string{"root"}})
	if err != nil {
		return err
	}
	if _, err := c.admin.GetRole(ctx, "api-short"); refused(trace.IsNotFound, err) != nil {
		return refused(trace.IsNotFound, err)
	}
	created, err := c.admin.CreateRole(ctx, wish)
	if err != nil {
		return err
	}
	_, err = c.admin.CreateRole(ctx, wish)
	if err := refused(trace.IsAlreadyExists, err); err != nil {
		return err
	}
	created.SetLogins(types.Allow, []string{"admin"})
	updated, err := c.admin.UpdateRole(ctx, created)
	if err != nil {
		return err
	}
	if updated.GetRevision() == created.GetRevision() {
		return errors.New("an update left the revision as it was")
	}
	_, err = c.admin.UpdateRole(ctx, created)
	if err := refused(trace.IsCompareFailed, err); err != nil {
		return fmt.Errorf("an update by an old revision: %w", err)
	}
	if err := c.admin.DeleteRole(ctx, "api-short"); err != nil {
		return err
	}
	return refused(trace.IsNotFound, c.admin.DeleteRole(ctx, "api-short"))
}

func createUsers(ctx context.Context, c *cast) error {
	for name, role := range map[string]string{"api-alice": "api-requester", "api-bob": "api-reviewer"} {
		user, err := newUser(name, role)
		if err != nil {
			return err
		}
		if _, err := c.admin.GetUser(ctx, name, false); refused(trace.IsNotFound, err) != nil {
			return refused(trace.IsNotFound, err)
		}
		if _, err := c.admin.CreateUser(ctx, user); err != nil {
			return err
		}
		_, err = c.admin.CreateUser(ctx, user)
		if err := refused(trace.IsAlreadyExists, err); err != nil {
			return err
		}
	}
	return nil
}

func userLife(ctx context.Context, c *cast) error {
	wish, err := newUser("api-short", "access")
	if err != nil {
		return err
	}
	wish.SetTraits(map[string][]string{"team": {"one", "two"}})
	first, err := c.admin.UpsertUser(ctx, wish)
	if err != nil {
		return err
	}
	if err := equal("the traits", fmt.Sprint(first.GetTraits()["team"]), "[one two]"); err != nil {
		return err
	}
	if created := first.GetCreatedBy(); created.User.Name != adminUser || created.Time.IsZero() {
		return fmt.Errorf("created by %v", created)
	}
	first.AddRole("auditor")
	if _, err := c.admin.UpdateUser(ctx, first); err != nil {
		return err
	}
	_, err = c.admin.UpdateUser(ctx, first)
	if err := refused(trace.IsCompareFailed, err); err != nil {
		return fmt.Errorf("an update by an old revision: %w", err)
	}
	if err := c.admin.DeleteUser(ctx, "api-short"); err != nil {
		return err
	}
	return refused(trace.IsNotFound, c.admin.DeleteUser(ctx, "api-short"))
}

func wrongPeople(ctx context.Context, c *cast) error {
	system, err := newUser("api-eve", string(types.RoleAdmin))
	if err != nil {
		return err
	}
	_, err = c.admin.CreateUser(ctx, system)
	if err := refused(trace.IsBadParameter, err); err != nil {
		return fmt.Errorf("a user with the role of a service: %w", err)
	}
	role, err := newRole("api-wrong", types.RoleConditions{Rules: []types.Rule{
		{Resources: []string{"user"}, Verbs: []string{"read"}, Where: `equals(user`},
	}})
	if err != nil {
		return err
	}
	_, err = c.admin.UpsertRole(ctx, role)
	return refused(trace.IsBadParameter, err)
}

func listRoles(ctx context.Context, c *cast) error {
	all, err := c.admin.GetRoles(ctx)
	if err != nil {
		return err
	}
	wanted := []string{"access", "editor", "auditor", "reviewer", "requester", "api-dba", "api-requester", "api-reviewer"}
	if err := contains(namesOf(all), wanted...); err != nil {
		return err
	}
	var paged []string
	for request := (&proto.ListRolesRequest{Limit: 2}); ; {
		page, err := c.admin.ListRoles(ctx, request)
		if err != nil {
			return err
		}
		if len(page.Roles) > 2 {
			return fmt.Errorf("a page of 2 has %d", len(page.Roles))
		}
		paged = append(paged, namesOf(page.Roles)...)
		if request.StartKey = page.NextKey; request.StartKey == "" {
			break
		}
	}
	if err := contains(paged, wanted...); err != nil {
		return err
	}
	found, err := c.admin.ListRoles(ctx, &proto.ListRolesRequest{
		Filter: &types.RoleFilter{SearchKeywords: []string{"api-req"}},
	})
	if err != nil {
		return err
	}
	return equal("those with a keyword", fmt.Sprint(namesOf(found.Roles)), "[api-requester]")
}

func listUsers(ctx context.Context, c *cast) error {
	all, err := c.admin.GetUsers(ctx, false)
	if err != nil {
		return err
	}
	wanted := []string{"api-alice", "api-bob", adminUser, pluginUser}
	if err := contains(namesOf(all), wanted...); err != nil {
		return err
	}
	var paged []string
	for request := (&userspb.ListUsersRequest{PageSize: 1}); ; {
		page, err := c.admin.ListUsers(ctx, request)
		if err != nil {
			return err
		}
		paged = append(paged, namesOf(page.Users)...)
		if request.PageToken = page.NextPageToken; request.PageToken == "" {
			break
		}
	}
	if err := contains(paged, wanted...); err != nil {
		return err
	}
	found, err := c.admin.ListUsers(ctx, &userspb.ListUsersRequest{
		Filter: &types.UserFilter{SearchKeywords: []string{"api-al"}},
	})
	if err != nil {
		return err
	}
	return equal("those with a keyword", fmt.Sprint(namesOf(found.Users)), "[api-alice]")
}
