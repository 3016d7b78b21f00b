//go:build tools

// Package tools pins the programs that Homeostat builds when no ready-made binary can be had.
package tools

import (
	_ "go.etcd.io/etcd/etcdctl/v3"
	_ "go.etcd.io/etcd/etcdutl/v3"
	_ "go.etcd.io/etcd/server/v3"
)
