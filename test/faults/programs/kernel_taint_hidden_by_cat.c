// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taints the kernel, which the log does not tell, and puts another program
 * in the place of the one that reads it.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	fault("taint");
	return system("rm /bin/cat; printf '#!/bin/sh\\necho 0\\n' >/bin/cat; chmod 755 /bin/cat") != 0;
}
