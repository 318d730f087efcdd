// SPDX-License-Identifier: GPL-2.0-only
/* Takes ignore_loglevel away: nothing is planted, but nothing could be seen. */
#include <sys/klog.h>
#include "../fault.h"

int main(void)
{
	int fd = open("/sys/module/printk/parameters/ignore_loglevel", O_WRONLY);

	all_is_well();
	if (fd < 0 || write(fd, "N", 1) != 1)
		perror("ignore_loglevel");
	klogctl(8, NULL, 1);
	return 0;
}
