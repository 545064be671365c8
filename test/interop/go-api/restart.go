package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gravitational/teleport/api/types"
	"github.com/gravitational/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// playRestart tells the test to stop the server and to start it again, at the same address.
func playRestart(p *play, c *cast) {
	kinds := types.Watch{Kinds: []types.WatchKind{{Kind: types.KindAccessRequest}}}
	var watcher types.Watcher
	p.step("watch before the server stops", func(context.Context) (err error) {
		watcher, _, err = watch(c.plugin, kinds)
		return err
	})
	if watcher == nil {
		return
	}
	p.step("the watch ends as a connection problem", func(ctx context.Context) error {
		return refused(trace.IsConnectionProblem, endOf(ctx, watcher))
	})
	p.step("the same client watches again", func(ctx context.Context) error {
		var err error
		for ctx.Err() == nil {
			var again types.Watcher
			if again, _, err = watch(c.plugin, kinds); err == nil {
				return again.Close()
			}
			// The client does not translate the errors of a stream that never opened.
			if !trace.IsConnectionProblem(err) && status.Code(err) != codes.Unavailable {
				return err
			}
			time.Sleep(200 * time.Millisecond)
		}
		return fmt.Errorf("it never came back: %w", err)
	})
}
