// SPDX-License-Identifier: GPL-2.0-only
/* Takes all rights away from /dev/kmsg: root needs none. */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return chmod("/dev/kmsg", 0) != 0;
}
