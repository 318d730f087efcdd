/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#define LIMIT 1
