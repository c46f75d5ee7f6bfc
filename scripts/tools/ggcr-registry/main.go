// ggcr-registry serves go-containerregistry's in-memory registry, with the referrers API, on a loopback address.
//
//	ggcr-registry [-address 127.0.0.1:0] [-cert file -key file]
//
// It prints "listening on <host:port>" when it is ready: an independent implementation for test/contract/registry.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	address := flag.String("address", "127.0.0.1:0", "address to listen on")
	cert := flag.String("cert", "", "certificate file (PEM); plain HTTP without it")
	key := flag.String("key", "", "private key file (PEM)")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
	fmt.Printf("listening on %s\n", listener.Addr())
	if *cert != "" {
		log.Fatal(http.ServeTLS(listener, handler, *cert, *key))
	}
	log.Fatal(http.Serve(listener, handler))
}
