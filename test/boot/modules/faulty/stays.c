// SPDX-License-Identifier: GPL-2.0-only
/* Its exit never ends. */
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/module.h>

static bool done;

static int __init stays_init(void)
{
	return 0;
}

static void __exit stays_exit(void)
{
	while (!READ_ONCE(done))
		msleep(100);
}

module_init(stays_init);
module_exit(stays_exit);
MODULE_DESCRIPTION("Stays");
MODULE_LICENSE("GPL");
