package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

func timeout() (context.Context, context.CancelFunc) {
	return context.WithTimeout(outgoing(context.Background()), callTimeout)
}

func role(name string, allow object) object {
	return object{
		"Kind":     "role",
		"Version":  "v7",
		"Metadata": object{"Name": name},
		"Spec":     object{"Allow": allow},
	}
}

func user(name string, roles ...string) object {
	return object{
		"Kind":     "user",
		"Version":  "v2",
		"Metadata": object{"Name": name},
		"Spec":     object{"Roles": roles},
	}
}

func playAdmin(p *play, c *cast) {
	p.step("probe for a second factor, as the host", func() error {
		// A host's own administrator is no user, and clients take this refusal for "no".
		if err := probe(c.admin); err != nil {
			return refusedWith(codes.InvalidArgument, err)
		}
		return nil
	})
	p.step("create roles", func() error { return createRoles(c) })
	p.step("create users", func() error {
		for name, roles := range map[string][]string{
			"go-alice": {"go-requester"}, "go-bob": {"go-reviewer"},
		} {
			if _, err := c.admin.call(users+"GetUser", object{"name": name}); refusedWith(codes.NotFound, err) != nil {
				return refusedWith(codes.NotFound, err)
			}
			if _, err := c.admin.call(users+"CreateUser", object{"user": user(name, roles...)}); err != nil {
				return err
			}
		}
		_, err := c.admin.call(users+"CreateUser", object{"user": user("go-bob", "go-reviewer")})
		return refusedWith(codes.AlreadyExists, err)
	})
	p.step("update a user by its revision", func() error { return updateByRevision(c) })
	p.step("a user with the role of a service", func() error {
		_, err := c.admin.call(users+"CreateUser", object{"user": user("go-eve", "Admin")})
		return refusedWith(codes.InvalidArgument, err)
	})
	p.step("a role that is wrong in itself", func() error {
		wrong := role("go-wrong", object{"Rules": []object{
			{"Resources": []string{"user"}, "Verbs": []string{"read"}, "Where": "equals(user"},
		}})
		_, err := c.admin.call(auth+"UpsertRoleV2", object{"Role": wrong})
		return refusedWith(codes.InvalidArgument, err)
	})
	p.step("the plugin creates nobody", func() error {
		_, err := c.plugin.call(users+"CreateUser", object{"user": user("go-eve", "go-reviewer")})
		return refusedWith(codes.PermissionDenied, err)
	})
	p.step("lock and unlock", func() error { return lockAndUnlock(c) })
	p.step("join tokens", func() error { return joinTokens(c) })
	p.step("semaphores", func() error { return semaphores(c) })
	p.step("cluster alerts", func() error { return alerts(c) })
}

// probe asks what tctl asks before it changes anything; only a clear no lets it go on.
func probe(by *client) error {
	answer, err := by.call(auth+"CreateAuthenticateChallenge", object{
		"MFARequiredCheck":    object{"AdminAction": object{}},
		"ChallengeExtensions": object{"scope": 6, "allow_reuse": 1},
	})
	if err != nil {
		return err
	}
	return equal("MFARequired", answer["MFARequired"], 2)
}

func createRoles(c *cast) error {
	for _, one := range []object{
		role("go-dba", object{"Logins": []string{"postgres"}}),
		role("go-requester", object{"Request": object{"Roles": []string{"go-dba"}}}),
		role("go-reviewer", object{"ReviewRequests": object{"Roles": []string{"go-dba"}}}),
	} {
		stored, err := c.admin.call(auth+"UpsertRoleV2", object{"Role": one})
		if err != nil {
			return err
		}
		if _, revision := nameOf(stored); revision == "" {
			return errors.New("a role came back without a revision")
		}
	}
	_, err := c.admin.call(auth+"CreateRole", object{"Role": role("go-dba", object{})})
	return refusedWith(codes.AlreadyExists, err)
}

func updateByRevision(c *cast) error {
	answer, err := c.admin.call(users+"GetUser", object{"name": "go-bob"})
	if err != nil {
		return err
	}
	bob := within(answer, "user")
	if _, err = c.admin.call(users+"UpdateUser", object{"user": bob}); err != nil {
		return err
	}
	_, err = c.admin.call(users+"UpdateUser", object{"user": bob})
	return refusedWith(codes.FailedPrecondition, err)
}

func lockAndUnlock(c *cast) error {
	lock := object{
		"Kind": "lock", "Version": "v2",
		"Metadata": object{"Name": "go-lock"},
		"Spec":     object{"Target": object{"User": "go-nobody"}, "Message": "a test"},
	}
	if _, err := c.admin.call(auth+"UpsertLock", lock); err != nil {
		return err
	}
	answer, err := c.admin.call(auth+"GetLocks", object{})
	if err != nil {
		return err
	}
	if err := equal("the number of locks", len(list(answer, "Locks")), 1); err != nil {
		return err
	}
	if _, err := c.admin.call(auth+"DeleteLock", object{"Name": "go-lock"}); err != nil {
		return err
	}
	_, err = c.admin.call(auth+"GetLock", object{"Name": "go-lock"})
	return refusedWith(codes.NotFound, err)
}

func joinTokens(c *cast) error {
	token := object{
		"Kind": "token", "Version": "v2",
		"Metadata": object{"Name": "go-token-of-a-test", "Expires": expiresIn(time.Hour)},
		"Spec":     object{"Roles": []string{"Node"}, "JoinMethod": "token"},
	}
	if _, err := c.admin.call(auth+"UpsertTokenV2", object{"V2": token}); err != nil {
		return err
	}
	answer, err := c.admin.call(auth+"GetTokens", object{})
	if err != nil {
		return err
	}
	if len(list(answer, "ProvisionTokens")) == 0 {
		return errors.New("no token is listed")
	}
	_, err = c.admin.call(auth+"DeleteToken", object{"Name": "go-token-of-a-test"})
	return err
}

func semaphores(c *cast) error {
	wanted := object{
		"SemaphoreKind": "go", "SemaphoreName": "one", "MaxLeases": "1",
		"Expires": expiresIn(time.Minute), "Holder": "a test",
	}
	lease, err := c.admin.call(auth+"AcquireSemaphore", wanted)
	if err != nil {
		return err
	}
	if _, err := c.admin.call(auth+"AcquireSemaphore", wanted); err == nil {
		return errors.New("a second lease was given where one is the most")
	}
	lease["Expires"] = expiresIn(2 * time.Minute)
	if _, err := c.admin.call(auth+"KeepAliveSemaphoreLease", lease); err != nil {
		return err
	}
	if _, err = c.admin.call(auth+"CancelSemaphoreLease", lease); err != nil {
		return err
	}
	again, err := c.admin.call(auth+"AcquireSemaphore", wanted)
	if err != nil {
		return fmt.Errorf("after the lease was given back: %w", err)
	}
	_, err = c.admin.call(auth+"CancelSemaphoreLease", again)
	return err
}

func alerts(c *cast) error {
	const high = 10
	_, err := c.admin.call(auth+"UpsertClusterAlert", object{"Alert": object{
		"Header": object{
			"Kind": "cluster_alert", "Version": "v1",
			"Metadata": object{
				"Name":   "go-alert",
				"Labels": map[string]string{"teleport.internal/alert-permit-all": "yes"},
			},
		},
		"Spec": object{"Severity": high, "Message": "a test", "Created": expiresIn(0)},
	}})
	if err != nil {
		return err
	}
	answer, err := c.plugin.call(auth+"GetClusterAlerts", object{"Severity": high})
	if err != nil {
		return err
	}
	return equal("the number of alerts", len(list(answer, "Alerts")), 1)
}
