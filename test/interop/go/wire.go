package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	grpccredentials "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const (
	clientVersion = "18.0.0"
	callTimeout   = 10 * time.Second
	dialTimeout   = 30 * time.Second
)

// object is a message as JSON, under the names of the facts; enums are numbers.
type object = map[string]any

type method struct {
	Input  string `json:"input"`
	Output string `json:"output"`
}

// schema knows messages and methods by the facts alone.
type schema struct {
	files   *protoregistry.Files
	types   *dynamicpb.Types
	methods map[string]method
}

func loadSchema(directory string) (*schema, error) {
	raw, err := os.ReadFile(filepath.Join(directory, "descriptors.binpb"))
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(directory, "methods.json"))
	if err != nil {
		return nil, err
	}
	s := &schema{files: files, types: dynamicpb.NewTypes(files)}
	return s, json.Unmarshal(text, &s.methods)
}

func (s *schema) message(name string) (*dynamicpb.Message, error) {
	found, err := s.files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return dynamicpb.NewMessage(found.(protoreflect.MessageDescriptor)), nil
}

// of gives an empty reply and the filled request of a method.
func (s *schema) of(path string, request object) (in, out *dynamicpb.Message, err error) {
	method, ok := s.methods[path]
	if !ok {
		return nil, nil, fmt.Errorf("the facts have no method %s", path)
	}
	if out, err = s.message(method.Output); err != nil {
		return nil, nil, err
	}
	if in, err = s.message(method.Input); err != nil || request == nil {
		return in, out, err
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, nil, err
	}
	err = protojson.UnmarshalOptions{Resolver: s.types}.Unmarshal(text, in)
	return in, out, err
}

func (s *schema) read(message proto.Message) (object, error) {
	text, err := protojson.MarshalOptions{Resolver: s.types}.Marshal(message)
	if err != nil {
		return nil, err
	}
	var read object
	return read, json.Unmarshal(text, &read)
}

// client is a connection that is ready before the first call, as Go clients of the API dial it.
type client struct {
	schema *schema
	conn   *grpc.ClientConn
}

func dial(s *schema, address string, config *tls.Config) (*client, error) {
	conn, err := grpc.NewClient(
		"passthrough:///"+address,
		grpc.WithTransportCredentials(grpccredentials.NewTLS(config)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{
			Time: time.Minute, Timeout: 3 * time.Minute, PermitWithoutStream: true,
		}),
	)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn.Connect()
	for state := conn.GetState(); state != connectivity.Ready; state = conn.GetState() {
		if state == connectivity.TransientFailure || !conn.WaitForStateChange(ctx, state) {
			conn.Close()
			return nil, fmt.Errorf("the connection to %s is %s", address, state)
		}
	}
	return &client{s, conn}, nil
}

func (c *client) call(path string, request object, options ...grpc.CallOption) (object, error) {
	in, out, err := c.schema.of(path, request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(outgoing(context.Background()), callTimeout)
	defer cancel()
	if err := c.conn.Invoke(ctx, path, in, out, options...); err != nil {
		return nil, err
	}
	return c.schema.read(out)
}

// stream opens a stream of the server; the function it gives reads the next message.
func (c *client) stream(path string, request object) (func() (object, error), context.CancelFunc, error) {
	in, _, err := c.schema.of(path, request)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(outgoing(context.Background()), time.Minute)
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, path)
	if err == nil {
		err = errors.Join(stream.SendMsg(in), stream.CloseSend())
	}
	if err != nil {
		cancel()
		return nil, nil, err
	}
	next := func() (object, error) {
		_, out, err := c.schema.of(path, nil)
		if err != nil {
			return nil, err
		}
		if err := stream.RecvMsg(out); err != nil {
			return nil, err
		}
		return c.schema.read(out)
	}
	return next, cancel, nil
}

// collect reads a stream to its end.
func (c *client) collect(path string, request object) ([]object, error) {
	next, cancel, err := c.stream(path, request)
	if err != nil {
		return nil, err
	}
	defer cancel()
	var all []object
	for {
		item, err := next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
}

func outgoing(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "version", clientVersion)
}

// refusedWith wants an error of this code, as the client library maps codes to kinds of errors.
func refusedWith(want codes.Code, err error) error {
	if err == nil {
		return fmt.Errorf("it was done, not refused with %s", want)
	}
	if got := status.Code(err); got != want {
		return fmt.Errorf("refused with %s, not %s: %w", got, want, err)
	}
	return nil
}
