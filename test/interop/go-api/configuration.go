package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/client/proto"
	userpreferencespb "github.com/gravitational/teleport/api/gen/proto/go/userpreferences/v1"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

func playConfiguration(p *play, c *cast) {
	p.step("networking, recording and audit configuration", func(ctx context.Context) error {
		if _, err := c.admin.GetClusterNetworkingConfig(ctx); err != nil {
			return err
		}
		recording, err := c.admin.GetSessionRecordingConfig(ctx)
		if err != nil {
			return err
		}
		if recording.GetMode() == "" {
			return errors.New("no mode of recording")
		}
		_, err = c.admin.GetClusterAuditConfig(ctx)
		return err
	})
	p.step("recording: change it, by an old revision, reset it", func(ctx context.Context) error {
		return changeRecording(ctx, c)
	})
	p.step("networking: change it and reset it", func(ctx context.Context) error { return changeNetworking(ctx, c) })
	p.step("authentication preferences", func(ctx context.Context) error { return changePreference(ctx, c) })
	p.step("a plugin changes no configuration", func(ctx context.Context) error {
		_, err := c.plugin.UpsertAuthPreference(ctx, types.DefaultAuthPreference())
		return refused(trace.IsAccessDenied, err)
	})
	p.step("clusters that trust this one, and there is none", func(ctx context.Context) error {
		trusted, err := c.admin.GetTrustedClusters(ctx)
		if err != nil || len(trusted) != 0 {
			return fmt.Errorf("%d trusted clusters: %w", len(trusted), err)
		}
		remote, err := c.admin.GetRemoteClusters(ctx)
		if err != nil || len(remote) != 0 {
			return fmt.Errorf("%d remote clusters: %w", len(remote), err)
		}
		_, err = c.admin.GetRemoteCluster(ctx, "two.example")
		if err := refused(trace.IsNotFound, err); err != nil {
			return err
		}
		_, err = c.admin.GetTrustedCluster(ctx, "two.example")
		return refused(trace.IsNotFound, err)
	})
	p.step("nodes, of which there is none", func(ctx context.Context) error { return noNodes(ctx, c) })
	p.step("access lists and monitoring rules, as plugins ask for them", func(ctx context.Context) error {
		return pluginLists(ctx, c)
	})
	p.step("what tctl looks into for all resources", func(ctx context.Context) error { return allKinds(ctx, c) })
	p.step("what is not served is NotImplemented", func(ctx context.Context) error {
		_, err := c.admin.GetUserPreferences(ctx, &userpreferencespb.GetUserPreferencesRequest{})
		if err := refused(trace.IsNotImplemented, err); err != nil {
			return err
		}
		_, err = c.admin.GetUIConfig(ctx)
		return refused(trace.IsNotImplemented, err)
	})
}

func changeRecording(ctx context.Context, c *cast) error {
	before, err := c.admin.GetSessionRecordingConfig(ctx)
	if err != nil {
		return err
	}
	before.SetMode(types.RecordAtProxy)
	after, err := c.admin.UpdateSessionRecordingConfig(ctx, before)
	if err != nil {
		return err
	}
	if err := equal("the mode", after.GetMode(), types.RecordAtProxy); err != nil {
		return err
	}
	_, err = c.admin.UpdateSessionRecordingConfig(ctx, before)
	if err := refused(trace.IsCompareFailed, err); err != nil {
		return err
	}
	if _, err := c.admin.UpsertSessionRecordingConfig(ctx, before); err != nil {
		return err
	}
	if err := c.admin.ResetSessionRecordingConfig(ctx); err != nil {
		return err
	}
	again, err := c.admin.GetSessionRecordingConfig(ctx)
	if err != nil {
		return err
	}
	return equal("the mode", again.GetMode(), types.RecordAtNode)
}

func changeNetworking(ctx context.Context, c *cast) error {
	config, err := c.admin.GetClusterNetworkingConfig(ctx)
	if err != nil {
		return err
	}
	config.SetClientIdleTimeout(certificateTTL)
	if _, err := c.admin.UpsertClusterNetworkingConfig(ctx, config); err != nil {
		return err
	}
	if config, err = c.admin.GetClusterNetworkingConfig(ctx); err != nil {
		return err
	}
	if err := equal("the idle timeout", config.GetClientIdleTimeout(), certificateTTL); err != nil {
		return err
	}
	return c.admin.ResetClusterNetworkingConfig(ctx)
}

func changePreference(ctx context.Context, c *cast) error {
	preference, err := c.plugin.GetAuthPreference(ctx)
	if err != nil {
		return err
	}
	preference.SetMessageOfTheDay("for testing only")
	if _, err := c.admin.UpdateAuthPreference(ctx, preference); err != nil {
		return err
	}
	if preference, err = c.plugin.GetAuthPreference(ctx); err != nil {
		return err
	}
	if err := equal("the message", preference.GetMessageOfTheDay(), "for testing only"); err != nil {
		return err
	}
	return c.admin.ResetAuthPreference(ctx)
}

func noNodes(ctx context.Context, c *cast) error {
	nodes, err := c.admin.GetNodes(ctx, "default")
	if err != nil || len(nodes) != 0 {
		return fmt.Errorf("%d nodes: %w", len(nodes), err)
	}
	request := &proto.ListResourcesRequest{
		ResourceType: types.KindNode, Limit: 10, NeedTotalCount: true, PredicateExpression: `labels["env"] == "prod"`,
	}
	page, err := client.GetResourcePage[types.Server](ctx, c.plugin, request)
	if err != nil || len(page.Resources) != 0 || page.NextKey != "" {
		return fmt.Errorf("a page of nodes: %v: %w", page, err)
	}
	unified := &proto.ListUnifiedResourcesRequest{
		Kinds: []string{types.KindNode, types.KindApp}, Limit: 10, SortBy: types.SortBy{Field: "name"},
	}
	all, err := client.GetAllUnifiedResources(ctx, c.admin, unified)
	if err != nil || len(all) != 0 {
		return fmt.Errorf("%d unified resources: %w", len(all), err)
	}
	return nil
}

// allKinds asks for what "tctl get all" and "tctl inventory status" end without.
func allKinds(ctx context.Context, c *cast) error {
	count := func(what string, found int, err error) error {
		if err == nil && found > 0 {
			err = errors.New("there should be none")
		}
		if err != nil {
			return fmt.Errorf("%d %s: %w", found, what, err)
		}
		return nil
	}
	saml, err := c.admin.GetSAMLConnectors(ctx, false)
	if err := count("SAML connectors", len(saml), err); err != nil {
		return err
	}
	oidc, err := c.admin.GetOIDCConnectors(ctx, false)
	if err := count("OIDC connectors", len(oidc), err); err != nil {
		return err
	}
	github, err := c.admin.GetGithubConnectors(ctx, false)
	if err := count("GitHub connectors", len(github), err); err != nil {
		return err
	}
	apps, err := c.admin.GetApps(ctx)
	if err := count("applications", len(apps), err); err != nil {
		return err
	}
	databases, err := c.admin.GetDatabases(ctx)
	if err := count("databases", len(databases), err); err != nil {
		return err
	}
	desktops, err := c.admin.GetWindowsDesktops(ctx, types.WindowsDesktopFilter{})
	if err := count("desktops", len(desktops), err); err != nil {
		return err
	}
	status, err := c.admin.GetInventoryStatus(ctx, proto.InventoryStatusRequest{})
	if err := count("instances", int(status.InstanceCount), err); err != nil {
		return err
	}
	_, err = c.admin.GetInventoryStatus(ctx, proto.InventoryStatusRequest{Connected: true})
	if err := refused(trace.IsAccessDenied, err); err != nil {
		return err
	}
	_, err = c.plugin.GetSAMLConnectors(ctx, false)
	return refused(trace.IsAccessDenied, err)
}

// pluginLists asks for what ends a plugin where it is Unimplemented.
func pluginLists(ctx context.Context, c *cast) error {
	lists, next, err := c.admin.AccessListClient().ListAccessLists(ctx, 0, "")
	if err != nil || len(lists) != 0 || next != "" {
		return fmt.Errorf("%d access lists: %w", len(lists), err)
	}
	_, _, err = c.plugin.AccessListClient().ListAccessLists(ctx, 0, "")
	if err := refused(trace.IsAccessDenied, err); err != nil {
		return err
	}
	if lists, err = c.alice.AccessListClient().GetAccessListsToReview(ctx); err != nil || len(lists) != 0 {
		return fmt.Errorf("%d access lists to review: %w", len(lists), err)
	}
	rules, next, err := c.admin.AccessMonitoringRulesClient().ListAccessMonitoringRulesWithFilter(
		ctx, 1000, "", []string{types.KindAccessRequest}, "slack")
	if err != nil || len(rules) != 0 || next != "" {
		return fmt.Errorf("%d rules: %w", len(rules), err)
	}
	_, err = c.host.UserLoginStateClient().GetUserLoginState(ctx, "api-alice")
	return refused(trace.IsNotFound, err)
}
