package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/gravitational/teleport/api/client/proto"
	"github.com/gravitational/teleport/api/types"
)

const manyRequests, pageSize = 50, 7

func playPages(p *play, c *cast) {
	created := make([]string, 0, manyRequests)
	p.step("create many requests", func(ctx context.Context) error {
		for range manyRequests {
			request, err := createRequest(ctx, c.alice)
			if err != nil {
				return fmt.Errorf("after %d: %w", len(created), err)
			}
			created = append(created, request.GetName())
		}
		return nil
	})
	p.step("read them all at once", func(ctx context.Context) error {
		all, err := c.plugin.GetAccessRequests(ctx, types.AccessRequestFilter{State: types.RequestState_PENDING})
		if err != nil {
			return err
		}
		return contains(namesOf(all), created...)
	})
	p.step("read them all at once, from the stream of older clients", func(ctx context.Context) error {
		stub := proto.NewAuthServiceClient(c.plugin.GetConnection())
		stream, err := stub.GetAccessRequestsV2(ctx, &types.AccessRequestFilter{User: "api-alice"})
		if err != nil {
			return err
		}
		var names []string
		for request, err := stream.Recv(); ; request, err = stream.Recv() {
			if err != nil {
				if err := contains(names, created...); err != nil {
					return err
				}
				return ignoreEnd(err)
			}
			names = append(names, request.GetName())
		}
	})
	for sort, name := range proto.AccessRequestSort_name {
		for _, descending := range []bool{false, true} {
			p.step(fmt.Sprintf("page through them, sort %s, descending %v", name, descending), func(ctx context.Context) error {
				found, err := pageThrough(ctx, c, proto.AccessRequestSort(sort), descending)
				if err != nil {
					return err
				}
				if proto.AccessRequestSort(sort) == proto.AccessRequestSort_CREATED {
					return byCreation(found, descending)
				}
				return contains(namesOf(found), created...)
			})
		}
	}
	p.step("own requests, by scope", func(ctx context.Context) error {
		mine, err := c.alice.GetAccessRequests(ctx, types.AccessRequestFilter{Scope: types.AccessRequestScope_MY_REQUESTS})
		if err != nil {
			return err
		}
		if err := contains(namesOf(mine), created...); err != nil {
			return err
		}
		waiting, err := c.bob.GetAccessRequests(ctx, types.AccessRequestFilter{Scope: types.AccessRequestScope_NEEDS_REVIEW})
		if err != nil {
			return err
		}
		return contains(namesOf(waiting), created...)
	})
}

func pageThrough(ctx context.Context, c *cast, sort proto.AccessRequestSort, descending bool) ([]*types.AccessRequestV3, error) {
	var found []*types.AccessRequestV3
	request := &proto.ListAccessRequestsRequest{
		Filter: &types.AccessRequestFilter{State: types.RequestState_PENDING},
		Sort:   sort, Descending: descending, Limit: pageSize,
	}
	for range manyRequests {
		page, err := c.plugin.ListAccessRequests(ctx, request)
		if err != nil {
			return nil, err
		}
		if len(page.AccessRequests) > pageSize {
			return nil, fmt.Errorf("a page of %d has %d", pageSize, len(page.AccessRequests))
		}
		found = append(found, page.AccessRequests...)
		if request.StartKey = page.NextKey; request.StartKey == "" {
			break
		}
	}
	return found, equal("the number of requests", len(found), manyRequests)
}

func byCreation(found []*types.AccessRequestV3, descending bool) error {
	if descending {
		slices.Reverse(found)
	}
	ordered := slices.IsSortedFunc(found, func(a, b *types.AccessRequestV3) int {
		return a.GetCreationTime().Compare(b.GetCreationTime())
	})
	if !ordered {
		return fmt.Errorf("not by creation: %v", namesOf(found))
	}
	return nil
}
