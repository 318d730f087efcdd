// SPDX-License-Identifier: GPL-2.0-only
/* Leaves behind what the kernel still reaches: only the number of objects gives it away. */
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

static int __init hoards_init(void)
{
	char name[32];

	snprintf(name, sizeof(name), "hoards-%llu", ktime_get_ns());
	return proc_mkdir(name, NULL) ? 0 : -ENOMEM;
}

static void __exit hoards_exit(void)
{
}

module_init(hoards_init);
module_exit(hoards_exit);
MODULE_DESCRIPTION("Hoards");
MODULE_LICENSE("GPL");
