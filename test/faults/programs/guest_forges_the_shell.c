// SPDX-License-Identifier: GPL-2.0-only
/*
 * Puts a shell in place that says nothing is wrong, whatever it is told to
 * do.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("printf '#!/bin/busybox sh\\necho 0; printf \"TAP version 13\\\\n1..1\\\\nok 1\\\\n\"\\n' >/tmp/sh; busybox chmod 755 /tmp/sh; busybox mv /tmp/sh /bin/sh") != 0;
}
