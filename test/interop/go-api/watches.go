package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gravitational/teleport/api/client"
	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
)

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// watch opens a watcher that outlives the step, and names the kinds that its first event confirms.
func watch(by *client.Client, wanted types.Watch) (types.Watcher, string, error) {
	watcher, err := by.NewWatcher(context.Background(), wanted)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	event, err := nextEvent(ctx, watcher)
	if err != nil {
		return nil, "", err
	}
	status, ok := event.Resource.(types.WatchStatus)
	if event.Type != types.OpInit || !ok {
		watcher.Close()
		return nil, "", fmt.Errorf("it begins with %v of a %T", event.Type, event.Resource)
	}
	var kinds []string
	for _, kind := range status.GetKinds() {
		kinds = append(kinds, kind.Kind)
	}
	return watcher, strings.Join(kinds, " "), nil
}

func nextEvent(ctx context.Context, watcher types.Watcher) (types.Event, error) {
	select {
	case event := <-watcher.Events():
		return event, nil
	case <-watcher.Done():
		return types.Event{}, fmt.Errorf("the watch ended: %w", watcher.Error())
	case <-ctx.Done():
		return types.Event{}, errors.New("nothing came")
	}
}

// endOf waits for the end of a watch and gives its reason.
func endOf(ctx context.Context, watcher types.Watcher) error {
	for {
		select {
		case <-watcher.Events():
		case <-watcher.Done():
			return watcher.Error()
		case <-ctx.Done():
			return nil
		}
	}
}

func playWatches(p *play, c *cast) {
	p.step("every kind that is served, put and deleted", func(ctx context.Context) error { return watchKinds(ctx, c) })
	p.step("monitoring rules, by one who may list them", func(ctx context.Context) error {
		watcher, confirmed, err := watch(c.admin, types.Watch{Kinds: []types.WatchKind{{Kind: types.KindAccessMonitoringRule}}})
		if err != nil {
			return err
		}
		watcher.Close()
		return equal("what is confirmed", confirmed, types.KindAccessMonitoringRule)
	})
	p.step("a kind that nobody knows", func(context.Context) error {
		kinds := []types.WatchKind{{Kind: types.KindUser}, {Kind: "nonsense"}}
		if _, _, err := watch(c.admin, types.Watch{Kinds: kinds}); err == nil {
			return errors.New("it was confirmed")
		}
		watcher, confirmed, err := watch(c.admin, types.Watch{Kinds: kinds, AllowPartialSuccess: true})
		if err != nil {
			return err
		}
		watcher.Close()
		return equal("what is confirmed", confirmed, types.KindUser)
	})
	p.step("kinds that one may not watch", func(context.Context) error {
		kinds := []types.WatchKind{{Kind: types.KindAccessRequest}, {Kind: types.KindToken}}
		_, _, err := watch(c.plugin, types.Watch{Kinds: kinds})
		if err := refused(trace.IsAccessDenied, err); err != nil {
			return err
		}
		_, _, err = watch(c.plugin, types.Watch{Kinds: kinds[1:], AllowPartialSuccess: true})
		if err := refused(trace.IsBadParameter, err); err != nil {
			return err
		}
		_, _, err = watch(c.plugin, types.Watch{})
		return refused(trace.IsAccessDenied, err)
	})
	p.step("a filter: pending requests alone", func(ctx context.Context) error { return watchPending(ctx, c) })
	p.step("the watch of a locked user ends, and so does the rest", func(ctx context.Context) error {
		return lockAlice(ctx, c)
	})
}

func watchKinds(ctx context.Context, c *cast) error {
	watcher, confirmed, err := watch(c.admin, types.Watch{Kinds: []types.WatchKind{
		{Kind: types.KindUser}, {Kind: types.KindRole}, {Kind: types.KindLock}, {Kind: types.KindToken},
		{Kind: types.KindCertAuthority, Filter: map[string]string{string(types.HostCA): c.cluster}},
		{Kind: types.KindClusterNetworkingConfig}, {Kind: types.KindSessionRecordingConfig},
		{Kind: types.KindClusterAuthPreference}, {Kind: types.KindClusterName},
	}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	if kinds := strings.Fields(confirmed); len(kinds) != 9 {
		return fmt.Errorf("confirmed are %v", kinds)
	}
	changes := []func() error{
		func() error { return roleLife(ctx, c) },
		func() error { return userLife(ctx, c) },
		func() error { return locks(ctx, c) },
		func() error { return joinTokens(ctx, c) },
		func() error { return changeRecording(ctx, c) },
		func() error { return changeNetworking(ctx, c) },
		func() error { return changePreference(ctx, c) },
	}
	changed := make(chan error, 1)
	go func() { changed <- inOrder(changes...) }()
	missing := map[string]bool{
		"put role": true, "delete role": true, "put user": true, "delete user": true, "put lock": true,
		"delete lock": true, "put token": true, "delete token": true, "put session_recording_config": true,
		"put cluster_networking_config": true, "put cluster_auth_preference": true,
	}
	for len(missing) > 0 {
		event, err := nextEvent(ctx, watcher)
		if err != nil {
			return fmt.Errorf("without %v: %w", missing, err)
		}
		word := map[types.OpType]string{types.OpPut: "put ", types.OpDelete: "delete "}[event.Type]
		delete(missing, word+event.Resource.GetKind())
	}
	return <-changed
}

func watchPending(ctx context.Context, c *cast) error {
	filter := types.AccessRequestFilter{State: types.RequestState_PENDING}
	watcher, _, err := watch(c.plugin, types.Watch{Kinds: []types.WatchKind{
		{Kind: types.KindAccessRequest, Filter: filter.IntoMap()},
	}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	first, err := createRequest(ctx, c.alice)
	if err != nil {
		return err
	}
	update := types.AccessRequestUpdate{RequestID: first.GetName(), State: types.RequestState_DENIED}
	if err := c.plugin.SetAccessRequestState(ctx, update); err != nil {
		return err
	}
	second, err := createRequest(ctx, c.alice)
	if err != nil {
		return err
	}
	for _, wanted := range []types.AccessRequest{first, second} {
		event, err := nextEvent(ctx, watcher)
		if err != nil {
			return err
		}
		if err := equal("the request", event.Resource.GetName(), wanted.GetName()); err != nil {
			return err
		}
	}
	_, _, err = watch(c.plugin, types.Watch{Kinds: []types.WatchKind{
		{Kind: types.KindAccessRequest, Filter: map[string]string{"nonsense": "1"}},
	}})
	return refused(trace.IsBadParameter, err)
}

func lockAlice(ctx context.Context, c *cast) error {
	own := types.AccessRequestFilter{User: "api-alice"}
	watcher, _, err := watch(c.alice, types.Watch{Kinds: []types.WatchKind{
		{Kind: types.KindAccessRequest, Filter: own.IntoMap()},
	}})
	if err != nil {
		return err
	}
	defer watcher.Close()
	lock, err := types.NewLock("api-lock-alice", types.LockSpecV2{Target: types.LockTarget{User: "api-alice"}})
	if err != nil {
		return err
	}
	if err := c.admin.UpsertLock(ctx, lock); err != nil {
		return err
	}
	if err := refused(trace.IsAccessDenied, endOf(ctx, watcher)); err != nil {
		return fmt.Errorf("the watch: %w", err)
	}
	_, err = c.alice.GetCurrentUser(ctx)
	if err := refused(trace.IsAccessDenied, err); err != nil {
		return fmt.Errorf("a call: %w", err)
	}
	if err := c.admin.DeleteLock(ctx, "api-lock-alice"); err != nil {
		return err
	}
	_, err = c.alice.GetCurrentUser(ctx)
	return err
}
