// SPDX-License-Identifier: GPL-2.0-only
/*
 * Silences the console and leaves a process that says the end marker again
 * at a level that is still seen: the log looks complete, and what the kernel
 * reported before it was not seen.
 */
#include <sys/klog.h>
#include "../fault.h"

int main(void)
{
	char record[1024];
	ssize_t size;
	int log;

	all_is_well();
	log = open("/dev/kmsg", O_RDWR);
	tell("/sys/module/printk/parameters/ignore_loglevel", "N");
	klogctl(8, NULL, 1);
	if (leave_a_process())
		return 0;
	lseek(log, 0, SEEK_END);
	while ((size = read(log, record, sizeof(record) - 1)) > 0) {
		char *text;

		record[size] = '\0';
		text = strstr(record, "kbt-end ");
		if (text) {
			char again[1024];

			/* Not dprintf, which seeks first. */
			snprintf(again, sizeof(again), "<0>%s", text);
			return tell("/dev/kmsg", again);
		}
	}
	return 0;
}
