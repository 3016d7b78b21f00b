//go:build tools

// Package tools pins the program that Homeostat builds when no ready-made binary can be had.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
