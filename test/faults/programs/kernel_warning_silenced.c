// SPDX-License-Identifier: GPL-2.0-only
/* Lowers console_loglevel first: the report must be seen all the same. */
#include <sys/klog.h>
#include "../fault.h"

int main(void)
{
	all_is_well();
	klogctl(8, NULL, 1);
	fault("warn");
	return 0;
}
